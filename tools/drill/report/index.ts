/** What people see of a drill: report.html, the end of the command's output, and the table in docs/results.md. */
export { html } from "./html";
export { markdown } from "./markdown";
export { terminal } from "./terminal";
