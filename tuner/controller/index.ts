/**
 * The HorizontalPodAutoscaler controller of Kubernetes 1.34 as a pure model: no clock, no I/O, no randomness. The same
 * calls give the same decisions, those of the real controller (`tests/tuner/differential/` compares them).
 */
import type { Decision } from "./decision";
import type { ControllerOptions } from "./options";
import type { HorizontalPodAutoscalerSpec } from "./spec";
import type { World } from "./world";

export type * from "./decision";
export type * from "./options";
export type * from "./spec";
export type * from "./world";

/**
 * One HorizontalPodAutoscaler and what the controller remembers of it.
 *
 * ```ts
 * const controller = new Controller({ minReplicas: 3, maxReplicas: 24 });
 * for (let now = 15_000; now <= 86_400_000; now += 15_000) {
 *     const { replicas } = controller.reconcile(now, world);
 *     // ... let the pods follow `replicas`, and change the world
 * }
 * ```
 */
export declare class Controller {
    /** What is remembered from sync to sync. */
    readonly state: ControllerState;

    /** @throws InvalidSpecError where the API server would refuse the spec. */
    constructor(spec: HorizontalPodAutoscalerSpec, options?: ControllerOptions);

    /**
     * One sync, `reconcileAutoscaler` in pkg/controller/podautoscaler/horizontal.go. The controller does so every 15 s.
     *
     * @param nowMilliseconds integer, not before that of the call before
     */
    reconcile(nowMilliseconds: number, world: World): Decision;

    /**
     * Another spec, as by an update of the object; what is remembered stays.
     *
     * @throws InvalidSpecError where the API server would refuse the update; then the spec stays as it was
     */
    update(spec: HorizontalPodAutoscalerSpec): void;

    /** What a restart of the kube-controller-manager does: history is forgotten, conditions are not. */
    restart(): void;
}

/** What the controller remembers of one HorizontalPodAutoscaler, each oldest first unless slots were used again. */
export interface ControllerState {
    /** Unstabilized recommendations. */
    readonly recommendations: readonly { readonly replicas: number; readonly atMilliseconds: number }[];
    readonly scaleUpEvents: readonly ScaleEvent[];
    readonly scaleDownEvents: readonly ScaleEvent[];
}

/** A change of the scale, remembered for the policies of `behavior`. */
export interface ScaleEvent {
    /** How many pods more or less; not negative. */
    readonly replicaChange: number;
    readonly atMilliseconds: number;
}

/** The API server would refuse this spec. */
export declare class InvalidSpecError extends Error {
    /** What is wrong: the field and how to mend it. */
    readonly problems: readonly SpecProblem[];
}

export interface SpecProblem {
    /** As the API server names it: "spec.metrics[0].resource.target". */
    readonly field: string;
    readonly message: string;
}
