package main

import (
	"errors"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/client-go/tools/cache"
	metricsv1beta1 "k8s.io/metrics/pkg/apis/metrics/v1beta1"
)

// world is the cluster as it is at a tick. The stand-ins read it and write the scale and the HPA's status back.
type world struct {
	began time.Time
	tick  *tick
	hpa   *autoscalingv2.HorizontalPodAutoscaler

	replicas    int32
	rescaled    bool
	pods        []*corev1.Pod
	autoPods    []autoPod
	podMetrics  []metricsv1beta1.PodMetrics
	podsMetrics map[string]map[string]resource.Quantity

	// handler is the controller's, to be told that there is an HPA.
	handler cache.ResourceEventHandler
	// arrived gets word when a sync begins, which then waits for proceed. Once that is closed, the HPA is deleted.
	arrived chan struct{}
	proceed chan struct{}
}

var errRefused = errors.New("the scenario lets this call fail")
