/** Rules that concern several keys at once. Each message says what was found, what is allowed, and why. */
import { forEachController } from "./alongside";
import { autoscalingRules } from "./autoscaling";
import { clusterRules } from "./cluster";
import { commandRules } from "./commands";
import { drainRules } from "./drain";
import { environmentRules } from "./environment";
import { iniRules } from "./ini";
import { podRules } from "./pod";
import { resourcesRules } from "./resources";
import type { Rule } from "./rule";
import { trafficRules } from "./traffic";

export type { Problem, RuleInput } from "./rule";

/** In the order in which problems are reported. */
export const rules: readonly Rule[] = [
    ...autoscalingRules,
    ...commandRules,
    ...podRules,
    ...resourcesRules,
    ...drainRules,
    ...trafficRules,
    ...environmentRules,
    ...iniRules,
    ...clusterRules,
].map(forEachController);
