import { render } from "preact";
import { Shell } from "./shell/shell.tsx";
import { app } from "./state/app.ts";
import { startLive } from "./state/live.ts";
import { applyLook } from "./state/look.ts";
import { followAddress } from "./state/navigation.ts";
import "./style/main.css";

const root = document.getElementById("app");
if (root !== null) {
  applyLook(app.get().look);
  followAddress();
  render(<Shell />, root);
  startLive();
}
