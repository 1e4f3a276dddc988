/** The command line of a league. */
import { parseOptions, UsageError } from "../common/commandLine";
import { readArguments, whatIsDone } from "../drill/arguments";
import { allEvents, controllerEvents, shortEvents as shortOfDrill } from "../drill/events";
import { ingressPodDeletion } from "../drill/events/faults";
import { controllerNames, isControllerName, type ControllerName } from "../lab/controller";

/** Of a short league: of a short drill, and how the controller itself takes a change. */
const shortEvents = [...shortOfDrill, ...controllerEvents.filter((event) => event !== ingressPodDeletion)];
/** Of a whole one: a drill's, after what a drill by itself leaves out. */
const wholeEvents = [...controllerEvents.filter((event) => !allEvents.includes(event)), ...allEvents];

export const usage = `Usage: tools/league/cli.ts [--controllers A,B] [--short] [--join] [options of the drill]
       tools/league/cli.ts --table [--controllers A,B]

Drills the lab behind each controller in turn, each on a lab of its own, and sets the figures side by side. A lab that is there
is removed first; at the end there is none.

  --controllers A,B  these, in this order (default: ${controllerNames.join(",")})
  --short            these events alone, about eight minutes for each controller:
                     ${shortEvents.map(({ name }) => name).join(", ")}
  --join             goes on with a league that was stopped: where a report of the same drill is there, nothing is drilled again
  --table            draws the table again from the reports that are there, and drills nothing

Of the drill, for each of them the same: --request, --expect, --events, --baselines, --rate, --long-rate, --slow-rate,
--step-rate, --metrics-outage (tools/drill/README.md).

Exit code: 0 promise kept behind all of them, 1 not so, or a drill failed, 2 wrong usage, 130 interrupted`;

export interface Arguments {
    readonly controllers: readonly ControllerName[];
    /** For each drill. */
    readonly drillArgs: readonly string[];
    readonly isTableOnly: boolean;
    /** Reports of the same drill that are there are taken. */
    readonly isJoined: boolean;
    /** For each drill, and the lab that it needs. */
    readonly limitSeconds: number;
    /** That repeats it. */
    readonly command: string;
}

/** The first lab of a machine is built for half an hour. */
const limitsSeconds = { short: 3600, full: 2 * 3600 } as const;

const text = { type: "string" } as const;
const flag = { type: "boolean", default: false } as const;
/** @throws {UsageError} before anything is touched, where a drill would */
export function readLeagueArguments(
    args: readonly string[],
    { CONTROLLER = "" }: Pick<NodeJS.ProcessEnv, string> = process.env,
): Arguments {
    if (CONTROLLER !== "") {
        throw new UsageError(`CONTROLLER=${CONTROLLER}: a league is of several. --controllers names them.`);
    }
    const { values } = parseOptions({
        args: [...args],
        options: { ...whatIsDone, controllers: text, table: flag, join: flag },
    });
    const { controllers, table: isTableOnly, join: isJoined, short: isShort, ...others } = values;
    const events = (isShort ? shortEvents : wholeEvents).map(({ name }) => name).join(",");
    const ofDrill = { events, ...others };
    const drillArgs = Object.entries(ofDrill).flatMap(([name, value]) => [`--${name}`, value]);
    const [drilled] = [
        ...(isJoined ? ["--join"] : []),
        ...(isShort ? ["--short"] : []),
        ...Object.keys(others).map((name) => `--${name}`),
    ];
    if (isTableOnly && drilled !== undefined) throw new UsageError(`--table drills nothing: without ${drilled}.`);
    // They go through a shell, by make.
    const odd = drillArgs.find((arg) => !/^[\w.,/-]+$/.test(arg));
    if (odd !== undefined) throw new UsageError(`${odd}: no option of a league takes that.`);
    readArguments(["--url", "http://127.0.0.1/", "--stack", "lab", "--lab", ...drillArgs]);
    return {
        controllers: controllers === undefined ? controllerNames : named(controllers),
        drillArgs,
        isTableOnly,
        isJoined,
        limitSeconds: isShort ? limitsSeconds.short : limitsSeconds.full,
        command: args.length === 0 ? "make league" : `make league ARGS="${args.join(" ")}"`,
    };
}

function named(names: string): readonly ControllerName[] {
    const found = names.split(",").map((name) => {
        if (isControllerName(name)) return name;
        throw new UsageError(`There is no controller ${name}. There are ${controllerNames.join(", ")}.`);
    });
    return [...new Set(found)];
}
