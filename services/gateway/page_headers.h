#pragma once

#include <array>
#include <string_view>
#include <utility>

namespace secai::gateway {

// What every answer that a browser could show says about itself. The page has no inline script or
// style, loads nothing from elsewhere, can be framed by nobody, and turns no text into HTML
// (Trusted Types). Source: CSP Level 3; Trusted Types; HTML standard (cross-origin policies).
inline constexpr std::string_view kContentSecurityPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'";

inline constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kPageHeaders = {{
    {"Content-Security-Policy", kContentSecurityPolicy},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Permissions-Policy",
     "camera=(), microphone=(), geolocation=(), usb=(), serial=(), payment=(), "
     "display-capture=(), fullscreen=()"},
    {"X-Frame-Options", "DENY"},
}};

}  // namespace secai::gateway
