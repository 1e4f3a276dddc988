package main

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	custommetrics "k8s.io/metrics/pkg/apis/custom_metrics/v1beta2"
	externalmetrics "k8s.io/metrics/pkg/apis/external_metrics/v1beta1"
	metricsv1beta1 "k8s.io/metrics/pkg/apis/metrics/v1beta1"
	resourceclient "k8s.io/metrics/pkg/client/clientset/versioned/typed/metrics/v1beta1"
	customclient "k8s.io/metrics/pkg/client/custom_metrics"
	externalclient "k8s.io/metrics/pkg/client/external_metrics"
)

// What stands in for the three metrics APIs. The controller's own client is in front of them.

type resourceMetrics struct {
	resourceclient.PodMetricsInterface
	world *world
}

func (s resourceMetrics) PodMetricses(string) resourceclient.PodMetricsInterface { return s }

func (s resourceMetrics) List(context.Context, metav1.ListOptions) (*metricsv1beta1.PodMetricsList, error) {
	if s.world.tick.FailResourceMetrics {
		return nil, errRefused
	}
	return &metricsv1beta1.PodMetricsList{Items: s.world.podMetrics}, nil
}

type customMetrics struct{ world *world }

func (s customMetrics) RootScopedMetrics() customclient.MetricsInterface       { return s }
func (s customMetrics) NamespacedMetrics(string) customclient.MetricsInterface { return s }

func (s customMetrics) GetForObject(_ schema.GroupKind, _, metric string, _ labels.Selector) (*custommetrics.MetricValue, error) {
	value, ok := s.world.tick.ObjectMetrics[metric]
	if !ok {
		return nil, errRefused
	}
	return &custommetrics.MetricValue{Value: value}, nil
}

func (s customMetrics) GetForObjects(_ schema.GroupKind, _ labels.Selector, metric string, _ labels.Selector) (*custommetrics.MetricValueList, error) {
	list := &custommetrics.MetricValueList{}
	for pod, value := range s.world.podsMetrics[metric] {
		list.Items = append(list.Items, custommetrics.MetricValue{
			DescribedObject: corev1.ObjectReference{Kind: "Pod", Namespace: namespace, Name: pod},
			Value:           value,
		})
	}
	return list, nil
}

type externalMetrics struct{ world *world }

func (s externalMetrics) NamespacedMetrics(string) externalclient.MetricsInterface { return s }

func (s externalMetrics) List(metric string, _ labels.Selector) (*externalmetrics.ExternalMetricValueList, error) {
	list := &externalmetrics.ExternalMetricValueList{}
	for _, value := range s.world.tick.ExternalMetrics[metric] {
		list.Items = append(list.Items, externalmetrics.ExternalMetricValue{MetricName: metric, Value: value})
	}
	return list, nil
}
