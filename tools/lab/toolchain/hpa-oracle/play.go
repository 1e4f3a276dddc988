package main

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-logr/logr"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/component-base/featuregate"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/controller/podautoscaler"
	"k8s.io/kubernetes/pkg/controller/podautoscaler/metrics"
	"k8s.io/kubernetes/pkg/features"
)

// The defaults of kube-controller-manager's flags.
const (
	defaultTolerance             = 0.1
	defaultDownscaleSeconds      = 300
	defaultInitializationSeconds = 300
	defaultReadinessDelaySeconds = 30
)

// The gates that a scenario may set, and what they are in Kubernetes 1.37. Gates belong to the process.
var defaultGates = map[string]bool{
	string(features.HPAScaleToZero):    true,
	string(features.PodLevelResources): true,
}

// Gates that need PodLevelResources, and have its default. The autoscaler does not ask them.
var gatesOfPodLevelResources = []featuregate.Feature{
	features.InPlacePodLevelResourcesVerticalScaling,
	features.PodLevelResourcesFixDefaulting,
	features.PodLevelResourcesFixKubeletQOSClass,
}

var currentGates = ""

func setGates(wanted map[string]bool) error {
	gates := map[string]bool{}
	for name, enabled := range defaultGates {
		gates[name] = enabled
	}
	for name, enabled := range wanted {
		if _, ok := defaultGates[name]; !ok {
			return fmt.Errorf("featureGates: %s is not one that the autoscaler asks", name)
		}
		gates[name] = enabled
	}
	if key := fmt.Sprint(gates); key != currentGates {
		currentGates = key
		for _, dependent := range gatesOfPodLevelResources {
			gates[string(dependent)] = gates[string(features.PodLevelResources)]
		}
		return utilfeature.DefaultMutableFeatureGate.SetFromMap(gates)
	}
	return nil
}

// play runs one scenario through the real controller, in a bubble in which time passes only when everybody waits for it.
func play(scenario *scenario) (answers []answer, err error) {
	if scenario.Spec == nil {
		return nil, errors.New("there is no spec")
	}
	if err := setGates(scenario.FeatureGates); err != nil {
		return nil, err
	}
	hpa, refused, err := admit(scenario.Spec, nil)
	if err != nil {
		return nil, err
	}
	if refused != nil {
		return []answer{{Scenario: scenario.Name, Invalid: refused}}, nil
	}
	synctest.Test(new(testing.T), func(*testing.T) {
		world := &world{
			began:    time.Now(),
			hpa:      hpa,
			replicas: scenario.Replicas,
			arrived:  make(chan struct{}),
			proceed:  make(chan struct{}),
		}
		answers, err = world.play(scenario)
	})
	return answers, err
}

func (world *world) play(scenario *scenario) ([]answer, error) {
	log := &proposals{}
	ctx, cancel := context.WithCancel(klog.NewContext(context.Background(), logr.New(log)))
	flags := scenario.Controller
	controller := podautoscaler.NewHorizontalController(
		ctx,
		events{},
		scales{world: world},
		hpaClient{world: world},
		mapper{},
		metrics.NewRESTMetricsClient(resourceMetrics{world: world}, customMetrics{world}, externalMetrics{world}),
		hpaInformer{world: world},
		podInformer{world: world},
		// No pause between syncs: the ticks pace them.
		0,
		duration(or(flags.DownscaleStabilizationSeconds, defaultDownscaleSeconds)),
		or(flags.Tolerance, defaultTolerance),
		duration(or(flags.CPUInitializationSeconds, defaultInitializationSeconds)),
		duration(or(flags.InitialReadinessDelaySeconds, defaultReadinessDelaySeconds)),
	)
	go controller.Run(ctx, 1)
	world.handler.OnAdd(world.hpa, true)
	<-world.arrived
	defer func() {
		close(world.proceed)
		synctest.Wait()
		cancel()
	}()

	for range scenario.Replicas {
		world.autoPods = append(world.autoPods, autoPod{started: -1})
	}
	var answers []answer
	for i := range scenario.Ticks {
		for repetition := range or(scenario.Ticks[i].Repeat, 1) {
			answer, err := world.sync(scenario, &scenario.Ticks[i], repetition == 0, log)
			if err != nil {
				return nil, err
			}
			number := len(answers)
			answer.Scenario, answer.Tick = scenario.Name, &number
			answers = append(answers, *answer)
		}
	}
	return answers, nil
}

// sync lets one sync through at its time, with the world of its tick.
func (world *world) sync(scenario *scenario, tick *tick, isFirst bool, log *proposals) (*answer, error) {
	time.Sleep(duration(tick.Elapsed))
	now := time.Since(world.began)
	world.tick = tick
	result := &answer{}
	if isFirst {
		if tick.Spec != nil {
			updated, refused, err := admit(tick.Spec, world.hpa)
			if err != nil {
				return nil, err
			}
			if refused == nil {
				world.hpa = updated
			}
			result.Invalid = refused
		}
		world.replicas = or(tick.Replicas, world.replicas)
	}
	world.fillPods(scenario, now)

	current := world.replicas
	world.rescaled = false
	*log = proposals{}
	world.proceed <- struct{}{}
	<-world.arrived

	seconds := now.Seconds()
	result.T = &seconds
	if !tick.FailScaleGet {
		after := world.replicas
		result.Current, result.Replicas = &current, &after
	}
	result.Raw, result.Metric, result.Rescaled = log.desiredReplicas, log.metric, world.rescaled
	result.Conditions = map[string]string{}
	for _, condition := range world.hpa.Status.Conditions {
		result.Conditions[string(condition.Type)] = fmt.Sprintf("%s/%s", condition.Status, condition.Reason)
	}
	if scenario.Auto != nil {
		world.follow(now)
	}
	return result, nil
}

func (world *world) fillPods(scenario *scenario, now time.Duration) {
	var groups []podPart
	for _, pod := range world.tick.Pods {
		groups = append(groups, pod.fill(scenario.Template))
	}
	if scenario.Auto != nil {
		world.follow(now)
		groups = append(groups, world.autoGroups(scenario.Template, duration(scenario.Auto.ReadyAfterSeconds), now)...)
	}
	world.podsOfTick(world.tick, groups, now)
}

// statusReplicas is how many pods there are: as many as the scale says, unless the tick says otherwise.
func (world *world) statusReplicas() int32 {
	return or(world.tick.StatusReplicas, world.replicas)
}
