#include "quarantine/scanner/pickle_names.h"

#include <algorithm>
#include <array>
#include <span>

#include "base/utf8.h"

namespace secai::quarantine {
namespace {

struct Family {
  std::string_view name;
  std::string_view modules;  // Separated by spaces; each covers the modules below it.
};

// Python 2 and 3 names. A module "a:b" means the name b of the module a only.
constexpr auto kFamilies = std::to_array<Family>({
    {"runs code",
     "builtins:eval builtins:exec builtins:compile builtins:open builtins:file builtins:getattr "
     "builtins:setattr builtins:delattr builtins:__import__ builtins:apply builtins:execfile "
     "builtins:input builtins:breakpoint builtins:globals builtins:locals builtins:vars "
     "builtins:dir builtins:memoryview builtins:type builtins:map builtins:filter"},
    {"starts programs",
     "os posix nt posixpath ntpath subprocess commands popen2 pty pexpect _posixsubprocess "
     "multiprocessing concurrent.futures _winapi platform _aix_support _osx_support uuid "
     "test.support"},
    {"imports or builds code",
     "sys importlib _frozen_importlib _frozen_importlib_external imp _imp runpy pkgutil zipimport "
     "site code codeop compileall py_compile types marshal inspect linecache gc _interpreters "
     "_xxsubinterpreters unittest test ast"},
    {"reaches other objects",
     "operator _operator functools copyreg copy_reg weakref _weakref pydoc unittest.mock "
     "string:Formatter"},
    {"debugs or profiles",
     "bdb pdb cProfile profile trace timeit doctest idlelib lib2to3 rlcompleter _pyrepl "
     "tracemalloc"},
    {"loads more pickles",
     "pickle _pickle cPickle dill cloudpickle joblib shelve jsonpickle yaml torch:load "
     "torch.serialization torch.storage:_load_from_bytes numpy:load pandas:read_pickle "
     "pandas.io.pickle tensorflow keras"},
    {"installs packages",
     "pip ensurepip venv distutils setuptools numpy.distutils numpy.f2py "
     "numpy.testing._private.utils"},
    {"calls native code",
     "ctypes _ctypes cffi mmap cython torch.ops torch.classes torch.utils.cpp_extension"},
    {"sets hooks or threads", "threading _thread thread signal _signal atexit sched"},
    {"uses the network",
     "socket _socket ssl http httplib urllib urllib2 requests aiohttp httpx ftplib smtplib imaplib "
     "poplib nntplib telnetlib xmlrpc socketserver SocketServer asyncio selectors select "
     "webbrowser paramiko"},
    {"touches files",
     "shutil tempfile io _io logging fileinput glob filecmp tarfile zipfile pathlib sqlite3 "
     "_sqlite3 dbm syslog"},
    {"tampers with scanners",
     "picklescan fickling modelscan modelaudit saferpickle model_unpickler"},
    {"is a torch gadget",
     "torch.hub torch.jit torch.compile torch:compile torch.package torch.distributed.rpc "
     "torch.distributed.elastic torch._dynamo torch._inductor torch.fx torch.utils._config_module "
     "torch.utils.bottleneck torch.utils.collect_env torch.utils.data.datapipes"},
});

// "module:name"; a trailing star stands for any name of that module.
constexpr std::string_view kClear =
    "collections:OrderedDict torch:ByteStorage torch:CharStorage torch:ShortStorage "
    "torch:IntStorage torch:LongStorage torch:HalfStorage torch:FloatStorage torch:DoubleStorage "
    "torch:BFloat16Storage torch:BoolStorage torch:ComplexFloatStorage torch:ComplexDoubleStorage "
    "torch:QInt8Storage torch:QUInt8Storage torch:QInt32Storage torch:QUInt4x2Storage "
    "torch:QUInt2x4Storage torch:Size torch:device torch:Tensor torch:float16 torch:float32 "
    "torch:float64 torch:bfloat16 torch:int8 torch:int16 torch:int32 torch:int64 torch:uint8 "
    "torch:bool torch._utils:_rebuild_tensor torch._utils:_rebuild_tensor_v2 "
    "torch._utils:_rebuild_parameter torch.storage:TypedStorage torch.storage:UntypedStorage "
    "numpy:dtype numpy:ndarray numpy:float64 numpy:float32 numpy:int64 "
    "numpy.core.multiarray:_reconstruct numpy.core.multiarray:scalar "
    "numpy._core.multiarray:_reconstruct numpy._core.multiarray:scalar _codecs:encode builtins:set "
    "builtins:frozenset builtins:bytearray builtins:complex builtins:slice builtins:range "
    "builtins:int builtins:float builtins:str builtins:bytes builtins:list builtins:dict "
    "builtins:tuple builtins:bool";

template <typename Predicate>
bool AnyWord(std::string_view words, Predicate predicate) {
  while (!words.empty()) {
    const std::size_t end = std::min(words.find(' '), words.size());
    if (predicate(words.substr(0, end))) return true;
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return false;
}

bool IsAtOrBelow(std::string_view module, std::string_view parent) {
  return module == parent || (module.starts_with(parent) && module[parent.size()] == '.');
}

bool Covers(std::string_view word, std::string_view module, std::string_view name) {
  const std::size_t colon = word.find(':');
  if (colon == std::string_view::npos) return IsAtOrBelow(module, word);
  // A dotted name reaches through attributes: builtins + "eval.__call__" is eval.
  return module == word.substr(0, colon) && IsAtOrBelow(name, word.substr(colon + 1));
}

}  // namespace

ImportJudgement JudgeImport(std::string_view module, std::string_view name) {
  if (module == "__builtin__" || module == "__builtins__") module = "builtins";
  const bool is_clear = AnyWord(kClear, [&](std::string_view word) {
    const std::size_t colon = word.find(':');
    return module == word.substr(0, colon) && name == word.substr(colon + 1);
  });
  if (is_clear) return {ImportVerdict::kClear, {}};
  for (const Family& family : kFamilies) {
    if (AnyWord(family.modules,
                [&](std::string_view word) { return Covers(word, module, name); })) {
      return {ImportVerdict::kMalicious, family.name};
    }
  }
  return {ImportVerdict::kUnknown, {}};
}

std::optional<std::string> DescribeImports(const PickleReport& report) {
  const PickleImport* worst = nullptr;
  ImportJudgement judgement{ImportVerdict::kClear, {}};
  for (const PickleImport& import : report.imports) {
    const ImportJudgement next = JudgeImport(import.module, import.name);
    if (next.verdict > judgement.verdict) {
      judgement = next;
      worst = &import;
    }
  }
  if (worst == nullptr) return std::nullopt;
  const std::string name = EscapeForDisplay(worst->module + "." + worst->name, 96);
  if (judgement.verdict == ImportVerdict::kMalicious) {
    return "it imports " + name + ", which " + std::string(judgement.family);
  }
  return "it imports " + name + ", which is not known to be harmless";
}

}  // namespace secai::quarantine
