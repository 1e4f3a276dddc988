/** All rules, in the order in which they are reported. */
import type { Rule } from "../rule";
import { autoscalerOwnsReplicas, autoscalerTargetsHaveRequests } from "./autoscalers";
import { disruptionBudgetPresent, replicaFloor, rolloutsKeepCapacity } from "./capacity";
import { graceCoversDrain } from "./graceCoversDrain";
import { imagesPinned } from "./imagesPinned";
import { noRemovedApiVersions } from "./noRemovedApiVersions";
import { phpFpmOutlivesNginx } from "./phpFpmOutlivesNginx";
import { probesAskOwnContainer } from "./probesAskOwnContainer";

export const rules: readonly Rule[] = [
    graceCoversDrain,
    phpFpmOutlivesNginx,
    probesAskOwnContainer,
    autoscalerTargetsHaveRequests,
    autoscalerOwnsReplicas,
    rolloutsKeepCapacity,
    disruptionBudgetPresent,
    imagesPinned,
    noRemovedApiVersions,
    replicaFloor,
];
