import { type AdmittedSpec, admit, type Metric } from "./admission";
import { ableToScale, scaledToZero, scalingActive } from "./conditions";
import type { Condition, Conditions, Decision } from "./decision";
import { normalize, normalizeWithBehavior } from "./normalization";
import type { ControllerOptions, FeatureGates } from "./options";
import { type Circumstances, replicasForPodsMetric, replicasForResource, utilizationOf } from "./podMetricReplicas";
import { longestPeriodSeconds } from "./scalingPolicies";
import { replicasForSingle } from "./singleMetricReplicas";
import type { HorizontalPodAutoscalerSpec } from "./spec";
import { type ControllerState, type MutableState, storeScaleEvent } from "./state";
import type { World } from "./world";

/** cmd/kube-controller-manager: pkg/controller/podautoscaler/config/v1alpha1/defaults.go. */
const defaults = {
    tolerance: 0.1,
    downscaleStabilizationSeconds: 300,
    cpuInitializationPeriodSeconds: 300,
    initialReadinessDelaySeconds: 30,
} as const;

const milliseconds = (seconds: number): number => Math.round(seconds * 1000);

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
export class Controller {
    readonly #tolerance: number;
    readonly #downscaleStabilizationMilliseconds: number;
    readonly #gates: FeatureGates;
    #spec: AdmittedSpec;
    #state: MutableState = { recommendations: undefined, scaleUpEvents: [], scaleDownEvents: [] };
    #conditions: Conditions = {};
    /** Changed in place from sync to sync. */
    readonly #circumstances: { -readonly [K in keyof Circumstances]: Circumstances[K] };

    /** @throws InvalidSpecError where the API server would refuse the spec */
    constructor(spec: HorizontalPodAutoscalerSpec, options: ControllerOptions = {}) {
        this.#gates = options.featureGates ?? {};
        this.#tolerance = options.tolerance ?? defaults.tolerance;
        this.#downscaleStabilizationMilliseconds = milliseconds(
            options.downscaleStabilizationSeconds ?? defaults.downscaleStabilizationSeconds,
        );
        this.#spec = admit(spec, this.#gates);
        this.#circumstances = {
            nowMilliseconds: 0,
            periods: {
                cpuInitializationMilliseconds: milliseconds(
                    options.cpuInitializationPeriodSeconds ?? defaults.cpuInitializationPeriodSeconds,
                ),
                initialReadinessDelayMilliseconds: milliseconds(
                    options.initialReadinessDelaySeconds ?? defaults.initialReadinessDelaySeconds,
                ),
            },
            tolerances: this.#tolerances(),
            usesPodLevelRequests: this.#gates.PodLevelResources ?? true,
        };
    }

    /** What is remembered from sync to sync. */
    get state(): ControllerState {
        return this.#state;
    }

    /**
     * Another spec, as by an update of the object; what is remembered stays.
     *
     * @throws InvalidSpecError where the API server would refuse the update; then the spec stays as it was
     */
    update(spec: HorizontalPodAutoscalerSpec): void {
        this.#spec = admit(spec, this.#gates);
        this.#circumstances.tolerances = this.#tolerances();
    }

    /** What a restart of the kube-controller-manager does: history is forgotten, conditions are not. */
    restart(): void {
        this.#state = { recommendations: undefined, scaleUpEvents: [], scaleDownEvents: [] };
    }

    /**
     * One sync: `reconcileAutoscaler` in pkg/controller/podautoscaler/horizontal.go. The controller makes one every 15 s.
     *
     * @param nowMilliseconds integer, not before that of the call before
     */
    reconcile(nowMilliseconds: number, world: World): Decision {
        if (world.failScaleGet === true) {
            this.#set({ AbleToScale: ableToScale.failedGetScale });
            return this.#decision(undefined, undefined, "", undefined, false);
        }
        const { replicas: current } = world;
        const { minReplicas, maxReplicas } = this.#spec;
        this.#set({ AbleToScale: ableToScale.succeededGetScale });
        // Without it, a controller that starts anew would shrink at once.
        this.#state.recommendations ??= [{ replicas: current, atMilliseconds: nowMilliseconds }];

        if (current === 0) {
            // Unless the controller itself has set it, somebody has switched the service off.
            if (this.#conditions.ScaledToZero?.status !== "True") {
                this.#set({ ScalingActive: scalingActive.scalingDisabled });
                return this.#decision(current, undefined, "", current, false);
            }
        } else if (current > maxReplicas) {
            return this.#rescale(nowMilliseconds, world, undefined, "", maxReplicas);
        } else if (current < minReplicas) {
            return this.#rescale(nowMilliseconds, world, undefined, "", minReplicas);
        }

        this.#circumstances.nowMilliseconds = nowMilliseconds;
        const winner = this.#ask(world);
        if (winner === undefined) return this.#decision(current, undefined, "", current, false);
        const { replicas: recommendation, label } = winner;
        const proposal = { nowMilliseconds, current, desired: Math.max(recommendation, 0) };
        const { behavior } = this.#spec;
        const window = this.#downscaleStabilizationMilliseconds;
        const normalized =
            behavior === undefined
                ? normalize(proposal, this.#spec, this.#state, window)
                : normalizeWithBehavior(proposal, this.#spec, behavior, this.#state, window);
        this.#set({ AbleToScale: normalized.ableToScale, ScalingLimited: normalized.scalingLimited });
        const replicas = current === 0 ? Math.max(normalized.replicas, minReplicas) : normalized.replicas;
        if (replicas === current) return this.#decision(current, recommendation, label, current, false);
        return this.#rescale(nowMilliseconds, world, recommendation, label, replicas);
    }

    /**
     * What a sync puts into `status.currentMetrics`: by metric of the spec its `averageUtilization`, undefined where it has
     * none. Empty where the scale is out of bounds, as no metric is asked then. Changes nothing.
     */
    utilizations(nowMilliseconds: number, world: World): readonly (number | undefined)[] {
        if (world.replicas < this.#spec.minReplicas || world.replicas > this.#spec.maxReplicas) return [];
        const circumstances = { ...this.#circumstances, nowMilliseconds };
        return this.#spec.metrics.map((metric) =>
            metric.kind === "resource" ? utilizationOf(metric, world, circumstances) : undefined,
        );
    }

    /**
     * `computeReplicasForMetrics`: the largest proposal. undefined where the metrics fail: all of them, or some while the
     * others would scale down.
     */
    #ask(world: World): { readonly replicas: number; readonly label: string } | undefined {
        if (world.noSelector === true) {
            this.#set({ ScalingActive: scalingActive.invalidSelector });
            return undefined;
        }
        const { metrics } = this.#spec;
        let replicas = 0;
        let label = "";
        let failures = 0;
        let firstFailure: Condition | undefined;
        for (const metric of metrics) {
            const proposal = this.#propose(metric, world);
            if (proposal === undefined) {
                failures++;
                firstFailure ??= scalingActive.failedGet[metric.type];
            } else if (replicas === 0 || proposal > replicas) {
                replicas = proposal;
                label = metric.label;
            }
        }
        if (firstFailure !== undefined && (failures === metrics.length || replicas < world.replicas)) {
            this.#set({ ScalingActive: firstFailure });
            return undefined;
        }
        this.#set({ ScalingActive: scalingActive.validMetricFound });
        return { replicas, label };
    }

    /** `computeReplicasForMetric`: undefined where the metric fails. */
    #propose(metric: Metric, world: World): number | undefined {
        switch (metric.kind) {
            case "resource":
                return replicasForResource(metric, world, this.#circumstances);
            case "pods":
                return replicasForPodsMetric(metric, world, this.#circumstances);
            case "single":
                return replicasForSingle(metric, world, this.#circumstances.tolerances);
        }
    }

    #rescale(
        nowMilliseconds: number,
        world: World,
        recommendation: number | undefined,
        label: string,
        replicas: number,
    ): Decision {
        const { replicas: current } = world;
        if (world.failScaleUpdate === true) {
            this.#set({ AbleToScale: ableToScale.failedUpdateScale });
            return this.#decision(current, recommendation, label, current, false);
        }
        this.#set({ AbleToScale: ableToScale.succeededRescale });
        if (this.#gates.HPAScaleToZero ?? true) {
            this.#set({ ScaledToZero: replicas === 0 ? scaledToZero.scaledToZero : scaledToZero.notScaledToZero });
        }
        const { behavior } = this.#spec;
        if (behavior !== undefined) {
            const [events, rules] =
                replicas > current
                    ? [this.#state.scaleUpEvents, behavior.scaleUp]
                    : [this.#state.scaleDownEvents, behavior.scaleDown];
            storeScaleEvent(events, Math.abs(replicas - current), nowMilliseconds, longestPeriodSeconds(rules));
        }
        return this.#decision(current, recommendation, label, replicas, true);
    }

    /** `tolerancesForHpa`. */
    #tolerances(): Circumstances["tolerances"] {
        return {
            scaleUp: this.#spec.behavior?.scaleUp.tolerance ?? this.#tolerance,
            scaleDown: this.#spec.behavior?.scaleDown.tolerance ?? this.#tolerance,
        };
    }

    #set(changed: Conditions): void {
        this.#conditions = { ...this.#conditions, ...changed };
    }

    #decision(
        currentReplicas: number | undefined,
        recommendation: number | undefined,
        metric: string,
        replicas: number | undefined,
        rescaled: boolean,
    ): Decision {
        return { currentReplicas, recommendation, metric, replicas, rescaled, conditions: this.#conditions };
    }
}
