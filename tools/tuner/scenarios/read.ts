/** Scenarios from newline-delimited JSON; what is wrong is said with its line, and how to mend it. */
import type { z } from "zod";

import { WrongInputError } from "../../common/commandLine";
import { type Scenario, scenarioSchema } from "./schema";

/** A file of scenarios that cannot be played. */
export class ScenarioFileError extends WrongInputError {}

/**
 * Parses all lines; empty ones are skipped.
 *
 * @param fileName for messages
 * @throws ScenarioFileError with all that is wrong with the first bad line
 */
export function parseScenarios(content: string, fileName: string): readonly Scenario[] {
    const scenarios: Scenario[] = [];
    for (const [i, line] of content.split("\n").entries()) {
        if (line.trim() === "") continue;
        const problems: string[] = [];
        const scenario = parseScenario(line, problems);
        if (scenario === undefined || problems.length > 0) {
            throw new ScenarioFileError(problems.map((problem) => `${fileName}:${i + 1}: ${problem}`).join("\n"));
        }
        scenarios.push(scenario);
    }
    if (scenarios.length === 0) {
        throw new ScenarioFileError(`${fileName}: there is no scenario in it. Write one JSON object a line.`);
    }
    return scenarios;
}

function parseScenario(line: string, problems: string[]): Scenario | undefined {
    let value: unknown;
    try {
        value = JSON.parse(line);
    } catch (error) {
        problems.push(
            `is no JSON (${error instanceof Error ? error.message : String(error)}). Write one object a line, without line breaks in it.`,
        );
        return undefined;
    }
    const { success, data, error } = scenarioSchema.safeParse(value);
    if (!success) {
        problems.push(...error.issues.map(describe));
        return undefined;
    }
    problems.push(...unknownNames(data));
    return data;
}

function describe(issue: z.core.$ZodIssue): string {
    const path = issue.path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
    const where = path === "" ? "the scenario" : path.replace(/^\./, "");
    if (issue.code === "invalid_type" && issue.message.startsWith("Invalid input")) {
        return `${where} is missing or no ${issue.expected}.`;
    }
    if (issue.code !== "unrecognized_keys") return `${where} ${issue.message}.`;
    const keys = issue.keys.map((key) => `"${key}"`).join(", ");
    return `${where} has ${keys}, which the format does not know. Correct the spelling or take it out; docs/hpa-scenarios.md lists what there is.`;
}

/** What a tick says of pods and containers that it does not have would be lost without a word. */
function unknownNames({ template, auto, ticks }: Scenario): readonly string[] {
    const problems: string[] = [];
    for (const [i, { pods = [], load = {}, podsMetrics = {} }] of ticks.entries()) {
        const templateName = template?.name ?? "pod";
        const podNames = new Set(pods.map(({ name }) => name ?? templateName));
        if (auto !== undefined) podNames.add(templateName);
        for (const [metric, values] of Object.entries(podsMetrics)) {
            for (const name of Object.keys(values).filter((name) => !podNames.has(name))) {
                problems.push(
                    `ticks[${i}].podsMetrics.${metric} has a value for "${name}", and no pod of the tick is called so. Its pods: ${list(podNames)}.`,
                );
            }
        }
        const containerNames = new Set(
            [template ?? {}, ...pods].flatMap(({ containers = {}, sidecars = {} }) => [
                ...Object.keys(containers),
                ...Object.keys(sidecars),
            ]),
        );
        for (const name of Object.keys(load).filter((name) => !containerNames.has(name))) {
            problems.push(
                `ticks[${i}].load is on "${name}", and no pod of the tick has a container or sidecar of that name. Its containers: ${list(containerNames)}.`,
            );
        }
    }
    return problems;
}

function list(names: ReadonlySet<string>): string {
    return names.size === 0 ? "none" : [...names].join(", ");
}
