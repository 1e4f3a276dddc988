/** All that a report shows: the search's result, and what it rests on. */
import type { Plant } from "../plant/plant";
import type { Course } from "../plant/simulation";
import type { Search } from "../search/search";
import type { ScheduleTrial } from "../schedule/judge";
import type { Sizing } from "../sizing/sizing";
import type { TunableStack } from "../stack";
import type { Traffic } from "../traffic/traffic";

export interface Tuning {
    readonly stack: string;
    /** Where the traffic comes from, as the operator named it. */
    readonly traceName: string;
    /** As scaled. */
    readonly traffic: Traffic;
    readonly trafficScale: number;
    readonly plant: Plant;
    readonly neededForBusyWorkers: TunableStack["neededForBusyWorkers"];
    readonly search: Search;
    /** Undefined where nothing is known of what pods use. */
    readonly sizing: Sizing | undefined;
    /** Undefined where the trace is too short for one, or the stack has one. */
    readonly schedule: ScheduleTrial | undefined;
    /** Tick by tick. */
    readonly courses: { readonly current: Course; readonly recommended: Course };
    /** Undefined where nobody named a price. */
    readonly pricePerReplicaHour: number | undefined;
    /** Of that price; undefined where it was not named. */
    readonly currency: string | undefined;
    /** What was taken for granted, and what the trace has. Sentences. */
    readonly notes: readonly string[];
}
