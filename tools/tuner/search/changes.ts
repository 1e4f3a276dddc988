/** What differs between two settings, by the keys of a stack file. */
import type { Setting } from "../plant/setting";

/** Below web.autoscaling. */
export type TunedKey =
    "minReplicas" | "maxReplicas" | "targetCPUUtilizationPercentage" | "scaleDown.stabilizationWindowSeconds";

export interface Change {
    readonly key: TunedKey;
    readonly from: number;
    readonly to: number;
}

const tunedKeys: readonly TunedKey[] = [
    "minReplicas",
    "maxReplicas",
    "targetCPUUtilizationPercentage",
    "scaleDown.stabilizationWindowSeconds",
];

function valueOf(setting: Setting, key: TunedKey): number {
    return key === "scaleDown.stabilizationWindowSeconds" ? setting.scaleDown.stabilizationWindowSeconds : setting[key];
}

export function withValue(setting: Setting, key: TunedKey, value: number): Setting {
    return key === "scaleDown.stabilizationWindowSeconds"
        ? { ...setting, scaleDown: { ...setting.scaleDown, stabilizationWindowSeconds: value } }
        : { ...setting, [key]: value };
}

export function changesOf(from: Setting, to: Setting): readonly Change[] {
    return tunedKeys
        .map((key) => ({ key, from: valueOf(from, key), to: valueOf(to, key) }))
        .filter((change) => change.from !== change.to);
}
