#include "secai/command.h"

namespace secai::cli {

int RunVersion(const Context& context) {
  if (context.invocation.wants_json) {
    PrintJson(boost::json::object{{"version", SECAI_VERSION}});
  } else {
    Print("secai " SECAI_VERSION "\n");
  }
  return kExitOk;
}

}  // namespace secai::cli
