package main

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	metricsv1beta1 "k8s.io/metrics/pkg/apis/metrics/v1beta1"
)

const (
	// Where the scenario does not say: a pod that has long been there and ready.
	longAgoSeconds       = -1e6
	defaultWindowSeconds = 30
	defaultPodName       = "pod"
	allReplicas          = -1
)

func milliseconds(seconds float64) int64 {
	return int64(math.Round(seconds * 1000))
}

// fill takes from the template what a pod leaves out; containers are put together by name.
func (pod podPart) fill(template podPart) podPart {
	pod.Name = either(pod.Name, template.Name)
	pod.Count = either(pod.Count, template.Count)
	pod.Phase = either(pod.Phase, template.Phase)
	pod.Ready = either(pod.Ready, template.Ready)
	pod.StartAt = either(pod.StartAt, template.StartAt)
	pod.NoStartTime = either(pod.NoStartTime, template.NoStartTime)
	pod.TransitionAt = either(pod.TransitionAt, template.TransitionAt)
	pod.Deleting = either(pod.Deleting, template.Deleting)
	pod.Gone = either(pod.Gone, template.Gone)
	pod.NoMetrics = either(pod.NoMetrics, template.NoMetrics)
	pod.MetricAt = either(pod.MetricAt, template.MetricAt)
	pod.MetricWindowSeconds = either(pod.MetricWindowSeconds, template.MetricWindowSeconds)
	if pod.PodRequests == nil {
		pod.PodRequests = template.PodRequests
	}
	if pod.Overhead == nil {
		pod.Overhead = template.Overhead
	}
	pod.Containers = fillContainers(pod.Containers, template.Containers)
	pod.Sidecars = fillContainers(pod.Sidecars, template.Sidecars)
	pod.Inits = fillContainers(pod.Inits, template.Inits)
	return pod
}

func either[T any](value, fallback *T) *T {
	if value != nil {
		return value
	}
	return fallback
}

func or[T any](value *T, fallback T) T {
	if value != nil {
		return *value
	}
	return fallback
}

func fillContainers(containers, templates map[string]containerPart) map[string]containerPart {
	if len(templates) == 0 {
		return containers
	}
	filled := maps.Clone(templates)
	for name, container := range containers {
		template := templates[name]
		if container.Requests == nil {
			container.Requests = template.Requests
		}
		if container.Usage == nil {
			container.Usage = template.Usage
		}
		filled[name] = container
	}
	return filled
}

// isServing tells whether a pod gets a share of a tick's load.
func (pod podPart) isServing() bool {
	return or(pod.Phase, corev1.PodRunning) == corev1.PodRunning && or(pod.Ready, "True") == "True" &&
		!or(pod.Deleting, false) && !or(pod.Gone, false)
}

// podsOfTick puts groups of pods on the world's shelves: as the API server has them and as the metrics APIs have them.
func (world *world) podsOfTick(tick *tick, groups []podPart, now time.Duration) {
	world.pods = nil
	world.podMetrics = nil
	world.podsMetrics = map[string]map[string]resource.Quantity{}
	serving := int64(0)
	for _, group := range groups {
		if group.isServing() {
			serving += int64(world.countOf(group))
		}
	}
	numbers := map[string]int{}
	for _, group := range groups {
		name := or(group.Name, defaultPodName)
		if tick.Load != nil {
			group = group.withLoad(tick.Load, serving)
		}
		for range world.countOf(group) {
			podName := fmt.Sprintf("%s-%d", name, numbers[name])
			numbers[name]++
			if !or(group.Gone, false) {
				world.pods = append(world.pods, world.pod(podName, group))
			}
			if !or(group.NoMetrics, false) {
				world.podMetrics = append(world.podMetrics, world.podMetricsOf(podName, group, now))
			}
			for metric, values := range tick.PodsMetrics {
				if value, ok := values[name]; ok {
					if world.podsMetrics[metric] == nil {
						world.podsMetrics[metric] = map[string]resource.Quantity{}
					}
					world.podsMetrics[metric][podName] = value
				}
			}
		}
	}
}

func (world *world) countOf(group podPart) int32 {
	count := or(group.Count, 1)
	if count == allReplicas {
		return world.replicas
	}
	return count
}

// withLoad sets the usage of a pod to its share of the load: an equal one of what serves, nothing of what does not.
func (pod podPart) withLoad(load map[string]quantities, serving int64) podPart {
	share := func(total resource.Quantity) resource.Quantity {
		if !pod.isServing() {
			return *resource.NewMilliQuantity(0, resource.DecimalSI)
		}
		return *resource.NewMilliQuantity(total.MilliValue()/max(serving, 1), resource.DecimalSI)
	}
	loaded := func(containers map[string]containerPart) map[string]containerPart {
		result := maps.Clone(containers)
		for name, totals := range load {
			container, ok := result[name]
			if !ok {
				continue
			}
			usage := maps.Clone(container.Usage)
			if usage == nil {
				usage = quantities{}
			}
			for resourceName, total := range totals {
				usage[resourceName] = share(total)
			}
			container.Usage = usage
			result[name] = container
		}
		return result
	}
	pod.Containers = loaded(pod.Containers)
	pod.Sidecars = loaded(pod.Sidecars)
	return pod
}

func (world *world) at(seconds float64) metav1.Time {
	return metav1.NewTime(world.began.Add(duration(seconds)))
}

func (world *world) pod(name string, part podPart) *corev1.Pod {
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec: corev1.PodSpec{
			Containers: containersOf(part.Containers, nil),
			Overhead:   corev1.ResourceList(part.Overhead),
		},
		Status: corev1.PodStatus{Phase: or(part.Phase, corev1.PodRunning)},
	}
	// Sidecars first: then they are up, and count, while the others run.
	always := corev1.ContainerRestartPolicyAlways
	pod.Spec.InitContainers = append(containersOf(part.Sidecars, &always), containersOf(part.Inits, nil)...)
	if part.PodRequests != nil {
		pod.Spec.Resources = &corev1.ResourceRequirements{Requests: corev1.ResourceList(part.PodRequests)}
	}
	if or(part.Deleting, false) {
		now := world.at(0)
		pod.DeletionTimestamp = &now
	}
	if !or(part.NoStartTime, false) {
		start := world.at(or(part.StartAt, longAgoSeconds))
		pod.Status.StartTime = &start
	}
	if ready := or(part.Ready, "True"); ready != "none" {
		pod.Status.Conditions = []corev1.PodCondition{{
			Type:               corev1.PodReady,
			Status:             corev1.ConditionStatus(ready),
			LastTransitionTime: world.at(or(part.TransitionAt, or(part.StartAt, longAgoSeconds))),
		}}
	}
	return pod
}

func containersOf(parts map[string]containerPart, restartPolicy *corev1.ContainerRestartPolicy) []corev1.Container {
	containers := make([]corev1.Container, 0, len(parts))
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		containers = append(containers, corev1.Container{
			Name:          name,
			Resources:     corev1.ResourceRequirements{Requests: corev1.ResourceList(parts[name].Requests)},
			RestartPolicy: restartPolicy,
		})
	}
	return containers
}

// podMetricsOf is what metrics-server has of a pod. A container without usage is not in it.
func (world *world) podMetricsOf(name string, part podPart, now time.Duration) metricsv1beta1.PodMetrics {
	metrics := metricsv1beta1.PodMetrics{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Timestamp:  world.at(or(part.MetricAt, now.Seconds())),
		Window:     metav1.Duration{Duration: duration(or(part.MetricWindowSeconds, defaultWindowSeconds))},
	}
	for _, parts := range []map[string]containerPart{part.Containers, part.Sidecars, part.Inits} {
		for _, containerName := range slices.Sorted(maps.Keys(parts)) {
			if usage := parts[containerName].Usage; usage != nil {
				metrics.Containers = append(metrics.Containers, metricsv1beta1.ContainerMetrics{
					Name:  containerName,
					Usage: corev1.ResourceList(usage),
				})
			}
		}
	}
	return metrics
}
