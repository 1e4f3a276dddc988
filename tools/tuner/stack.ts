/** The stack file that is tuned. */
import { longestScrapeIntervalSeconds } from "../../components/busyWorkers";
import { scrapeIntervalSeconds } from "../../components/defaults";
import { project, stackFileName } from "../../settings/project";
import { parseEngineYaml } from "../render/engineYaml";
import { describeProblems, parseSettings } from "../../settings/parse";
import type { Settings } from "../../settings/types";
import type { Setting } from "./plant/setting";
import { scheduleOf } from "./schedule/triggers";

/** The stack cannot be tuned. The message says why and what would mend it. */
export class StackError extends Error {}

export interface TunableStack {
    readonly settings: Settings;
    /** What its autoscaler does today, defaults included. */
    readonly setting: Setting;
    /** What it takes before a target of busy workers: lines below web, by their path. None where it is all there. */
    readonly neededForBusyWorkers: readonly (readonly [path: string, value: string])[];
}

/**
 * Reads a stack file's text.
 *
 * @throws StackError where the program itself would refuse it, or where there is nothing to tune
 */
export function readStack(text: string, stack: string): TunableStack {
    let content: unknown;
    try {
        content = parseEngineYaml(text);
    } catch (error) {
        throw new StackError(`${stackFileName(stack)}: ${error instanceof Error ? error.message : ""}`);
    }
    const { config } = (content ?? {}) as { readonly config?: Readonly<Record<string, unknown>> | null };
    const values = Object.fromEntries(
        Object.entries(config ?? {}).flatMap(([key, value]) => {
            const name = nameOf(key);
            // Nothing that is tuned depends on secrets, and without them they cannot be printed by mistake.
            return name === undefined || name === "secrets" ? [] : [[name, value]];
        }),
    );
    const parsed = parseSettings({ values });
    if (!parsed.ok) throw new StackError(describeProblems(parsed.problems, stack, project));
    const { scaling } = parsed.settings.web;
    if (scaling.minReplicas === scaling.maxReplicas) {
        throw new StackError(
            `${stackFileName(stack)} has a fixed number of replicas, ${scaling.minReplicas}, so there are no bounds to tune. ` +
                "Set web.autoscaling with a maxReplicas above minReplicas, and no web.replicas.",
        );
    }
    const { triggers } = scaling;
    const schedule = triggers.length === 0 ? undefined : scheduleOf(triggers);
    if (triggers.length > 0 && schedule === undefined) {
        throw new StackError(
            `${stackFileName(stack)} has KEDA triggers beside CPU (web.autoscaling.triggers), which are not modelled: of them only ` +
                "cron triggers of one time zone are that begin and end at a time of the same days of the week. Try it with a copy " +
                "of the stack file without them.",
        );
    }
    return {
        settings: parsed.settings,
        setting: { ...scaling, ...(schedule === undefined ? {} : { schedule }) },
        neededForBusyWorkers: neededForBusyWorkers(parsed.settings),
    };
}

function neededForBusyWorkers({ web: { scaling, monitoring } }: Settings): TunableStack["neededForBusyWorkers"] {
    const isSlow = (monitoring?.intervalSeconds ?? 0) > longestScrapeIntervalSeconds;
    return [
        ...(scaling.kind === "keda" ? [] : [["autoscaling.kind", "keda"] as const]),
        ...(monitoring === undefined ? [["monitoring", "{}"] as const] : []),
        ...(isSlow ? [["monitoring.intervalSeconds", String(scrapeIntervalSeconds.forScaling)] as const] : []),
    ];
}

/** The project's own keys may stand without its name. Undefined for other programs' keys. */
export function nameOf(key: string): string | undefined {
    const [namespace, name] = key.includes(":") ? key.split(":", 2) : [project, key];
    return namespace === project ? name : undefined;
}
