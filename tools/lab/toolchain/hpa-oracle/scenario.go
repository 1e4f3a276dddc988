package main

import (
	"bytes"
	"encoding/json"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// scenario is one line of input. Times are seconds on the scenario's clock, which begins at 0.
type scenario struct {
	Name         string                                     `json:"name"`
	Spec         *autoscalingv2.HorizontalPodAutoscalerSpec `json:"spec"`
	Controller   controllerFlags                            `json:"controller"`
	FeatureGates map[string]bool                            `json:"featureGates"`
	Replicas     int32                                      `json:"replicas"`
	Template     podPart                                    `json:"template"`
	Auto         *autoPods                                  `json:"auto"`
	Ticks        []tick                                     `json:"ticks"`
}

type controllerFlags struct {
	Tolerance                     *float64 `json:"tolerance"`
	DownscaleStabilizationSeconds *float64 `json:"downscaleStabilizationSeconds"`
	CPUInitializationSeconds      *float64 `json:"cpuInitializationPeriodSeconds"`
	InitialReadinessDelaySeconds  *float64 `json:"initialReadinessDelaySeconds"`
}

type autoPods struct {
	ReadyAfterSeconds float64 `json:"readyAfterSeconds"`
}

type tick struct {
	Elapsed             float64                                    `json:"elapsed"`
	Repeat              *int                                       `json:"repeat"`
	Spec                *autoscalingv2.HorizontalPodAutoscalerSpec `json:"spec"`
	Replicas            *int32                                     `json:"replicas"`
	StatusReplicas      *int32                                     `json:"statusReplicas"`
	Pods                []podPart                                  `json:"pods"`
	Load                map[string]quantities                      `json:"load"`
	FailResourceMetrics bool                                       `json:"failResourceMetrics"`
	FailScaleGet        bool                                       `json:"failScaleGet"`
	FailScaleUpdate     bool                                       `json:"failScaleUpdate"`
	NoSelector          bool                                       `json:"noSelector"`
	PodsMetrics         map[string]map[string]resource.Quantity    `json:"podsMetrics"`
	ObjectMetrics       map[string]resource.Quantity               `json:"objectMetrics"`
	ExternalMetrics     map[string][]resource.Quantity             `json:"externalMetrics"`
}

type quantities = map[corev1.ResourceName]resource.Quantity

// podPart is a pod, or the template under it: what the pod leaves out is the template's.
type podPart struct {
	Name                *string                  `json:"name"`
	Count               *int32                   `json:"count"`
	Phase               *corev1.PodPhase         `json:"phase"`
	Ready               *string                  `json:"ready"`
	StartAt             *float64                 `json:"startAt"`
	NoStartTime         *bool                    `json:"noStartTime"`
	TransitionAt        *float64                 `json:"transitionAt"`
	Deleting            *bool                    `json:"deleting"`
	Gone                *bool                    `json:"gone"`
	NoMetrics           *bool                    `json:"noMetrics"`
	MetricAt            *float64                 `json:"metricAt"`
	MetricWindowSeconds *float64                 `json:"metricWindowSeconds"`
	PodRequests         quantities               `json:"podRequests"`
	Overhead            quantities               `json:"overhead"`
	Containers          map[string]containerPart `json:"containers"`
	Sidecars            map[string]containerPart `json:"sidecars"`
	Inits               map[string]containerPart `json:"inits"`
}

type containerPart struct {
	Requests quantities `json:"requests"`
	Usage    quantities `json:"usage"`
}

// answer is one line of output.
type answer struct {
	Scenario string `json:"scenario"`
	// Tick is missing where the first spec is refused: then nothing is played.
	Tick *int     `json:"tick,omitempty"`
	T    *float64 `json:"t,omitempty"`
	// Current is null where the scale could not be read, Raw where no metric was asked or none could tell.
	Current    *int32            `json:"current"`
	Raw        *int32            `json:"raw"`
	Metric     string            `json:"metric"`
	Replicas   *int32            `json:"replicas"`
	Rescaled   bool              `json:"rescaled"`
	Conditions map[string]string `json:"conditions"`
	// Invalid holds the fields for which the API server refuses the spec of this tick.
	Invalid []string `json:"invalid,omitempty"`
}

func parseScenario(line []byte) (*scenario, error) {
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	parsed := &scenario{}
	return parsed, decoder.Decode(parsed)
}

func duration(seconds float64) time.Duration {
	return time.Duration(milliseconds(seconds)) * time.Millisecond
}
