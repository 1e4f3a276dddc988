/**
 * The HorizontalPodAutoscaler controller of Kubernetes 1.37 as a pure model: no clock, no I/O, no randomness. The same calls
 * give the same decisions, which are those of the real controller: `tests/tools/tuner/differential/` compares them.
 *
 * Not modelled: selectors of metrics, pods that several HorizontalPodAutoscalers select (AmbiguousSelector), kinds of targets
 * that do not exist, sums above 2 ** 53 thousandths.
 */
export { Controller } from "./controller";
export type * from "./decision";
export { InvalidSpecError, type SpecProblem } from "./invalidSpecError";
export type * from "./options";
export type * from "./spec";
export type { ControllerState, Recommendation, ScaleEvent } from "./state";
export type * from "./world";
