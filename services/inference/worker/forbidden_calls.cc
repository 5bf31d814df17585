// The engine can start a debugger when it aborts, and load more of itself from files. Here it can
// not: the linker puts these in the place of libc's functions (-Wl,--wrap), so the program does not
// even import them.

extern "C" {

int __wrap_execlp(const char*, const char*, ...);
int __wrap_execlp(const char*, const char*, ...) { return -1; }

void* __wrap_dlopen(const char*, int);
void* __wrap_dlopen(const char*, int) { return nullptr; }

}  // extern "C"
