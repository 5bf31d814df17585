#pragma once

namespace secai::inference {

// Sends the engine's warnings and errors to stderr as log lines: at most 20 a minute, each escaped
// and at most 200 bytes; the rest is counted. Silences the engine's helper library, which would log
// what models say and start a thread for it. Call once, before threads.
void RouteEngineLog();

}  // namespace secai::inference
