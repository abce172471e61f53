// What a page without a kernel loads.
import { mountAll } from "./mount.js";

mountAll();
addEventListener("cl-added", mountAll);
