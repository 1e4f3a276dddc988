/** Scenarios with known answers: those of the real controller of Kubernetes 1.37.2. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { Answer } from "../../../tools/tuner/scenarios/play";
import { parseScenarios } from "../../../tools/tuner/scenarios/read";
import type { Scenario } from "../../../tools/tuner/scenarios/schema";

/** The known answers to a scenario, one element per tick. */
export type KnownAnswer =
    | {
          readonly scenario: string;
          readonly replicas: readonly (number | null)[];
          readonly raw: readonly (number | null)[];
          /** Of the conditions AbleToScale, ScaledToZero, ScalingActive and ScalingLimited, as far as they are set. */
          readonly reasons: readonly string[];
      }
    /** Fields for which the API server refuses the spec. */
    | { readonly scenario: string; readonly invalid: readonly string[] };

const read = (name: string): string => readFileSync(join(__dirname, name), "utf8");

export const scenarios: readonly Scenario[] = parseScenarios(read("scenarios.ndjson"), "scenarios.ndjson");

export const knownAnswers: readonly KnownAnswer[] = read("answers.ndjson")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as KnownAnswer);

/** Answers in the short form of answers.ndjson. */
export function summary(answers: readonly Answer[]): KnownAnswer {
    const [first] = answers;
    const scenario = first?.scenario ?? "";
    if (first?.tick === undefined) return { scenario, invalid: first?.invalid ?? [] };
    return {
        scenario,
        replicas: answers.map(({ replicas }) => replicas),
        raw: answers.map(({ raw }) => raw),
        reasons: answers.map(({ conditions }) =>
            Object.values(conditions ?? {})
                .map((condition) => condition.replace(/^\w+\//, ""))
                .join(" "),
        ),
    };
}
