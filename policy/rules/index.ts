/** All rules, in the order in which they are reported. */
import type { Rule } from "../rule";
import { autoscalerOwnsReplicas, autoscalerTargetsHaveRequests, neverScaledToZero } from "./autoscalers";
import { disruptionBudgetPresent, replicaFloor } from "./capacity";
import { graceCoversDrain } from "./graceCoversDrain";
import { graceWithinPlatform } from "./graceWithinPlatform";
import { imagesPinned } from "./imagesPinned";
import { livenessSparesBusyPods } from "./livenessSparesBusyPods";
import { noRemovedApiVersions } from "./noRemovedApiVersions";
import { phpFpmOutlivesNginx } from "./phpFpmOutlivesNginx";
import { probesAskOwnContainer } from "./probesAskOwnContainer";
import { readinessOpensTraffic } from "./readinessOpensTraffic";
import { rolloutsKeepCapacity } from "./rolloutsKeepCapacity";

export const rules: readonly Rule[] = [
    graceCoversDrain,
    phpFpmOutlivesNginx,
    probesAskOwnContainer,
    readinessOpensTraffic,
    livenessSparesBusyPods,
    autoscalerTargetsHaveRequests,
    autoscalerOwnsReplicas,
    neverScaledToZero,
    rolloutsKeepCapacity,
    disruptionBudgetPresent,
    imagesPinned,
    noRemovedApiVersions,
    replicaFloor,
    graceWithinPlatform,
];
