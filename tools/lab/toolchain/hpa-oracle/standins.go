package main

import (
	"context"
	"time"

	autoscalingv1 "k8s.io/api/autoscaling/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	autoscalinginformers "k8s.io/client-go/informers/autoscaling/v2"
	coreinformers "k8s.io/client-go/informers/core/v1"
	autoscalingclient "k8s.io/client-go/kubernetes/typed/autoscaling/v2"
	coreclient "k8s.io/client-go/kubernetes/typed/core/v1"
	autoscalinglisters "k8s.io/client-go/listers/autoscaling/v2"
	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/scale"
	"k8s.io/client-go/tools/cache"
)

// What stands in for API clients and informers. Each embeds the interface it stands in for without a value: a call that
// nobody thought of is a panic, not a wrong answer. (A real informer's goroutines would keep simulated time from passing.)

type hpaInformer struct {
	autoscalinginformers.HorizontalPodAutoscalerInformer
	world *world
}

func (s hpaInformer) Informer() cache.SharedIndexInformer {
	return informer{handler: &s.world.handler}
}

func (s hpaInformer) Lister() autoscalinglisters.HorizontalPodAutoscalerLister {
	return hpaLister{world: s.world}
}

type informer struct {
	cache.SharedIndexInformer
	handler *cache.ResourceEventHandler
}

func (s informer) HasSynced() bool { return true }

func (s informer) GetStore() cache.Store { return store{} }

// store is asked for one thing: whether it has what the controller wrote last. Without a version there is no waiting for it.
type store struct{ cache.Store }

func (store) LastStoreSyncResourceVersion() string { return "" }

func (s informer) AddEventHandlerWithResyncPeriod(handler cache.ResourceEventHandler, _ time.Duration) (cache.ResourceEventHandlerRegistration, error) {
	*s.handler = handler
	return nil, nil
}

type hpaLister struct {
	autoscalinglisters.HorizontalPodAutoscalerLister
	world *world
}

func (s hpaLister) HorizontalPodAutoscalers(string) autoscalinglisters.HorizontalPodAutoscalerNamespaceLister {
	return hpaNamespaceLister{world: s.world}
}

type hpaNamespaceLister struct {
	autoscalinglisters.HorizontalPodAutoscalerNamespaceLister
	world *world
}

// Get is the first thing that a sync does, so it is where a sync waits for its tick.
func (s hpaNamespaceLister) Get(name string) (*autoscalingv2.HorizontalPodAutoscaler, error) {
	s.world.arrived <- struct{}{}
	if _, goesOn := <-s.world.proceed; !goesOn {
		return nil, apierrors.NewNotFound(autoscalingv2.Resource("horizontalpodautoscalers"), name)
	}
	return s.world.hpa, nil
}

type hpaClient struct {
	autoscalingclient.HorizontalPodAutoscalerInterface
	world *world
}

func (s hpaClient) HorizontalPodAutoscalers(string) autoscalingclient.HorizontalPodAutoscalerInterface {
	return s
}

func (s hpaClient) UpdateStatus(_ context.Context, hpa *autoscalingv2.HorizontalPodAutoscaler, _ metav1.UpdateOptions) (*autoscalingv2.HorizontalPodAutoscaler, error) {
	// The spec stays that of the object: the controller's copy has defaults filled in that an update of the status drops.
	updated := s.world.hpa.DeepCopy()
	updated.Status = hpa.Status
	s.world.hpa = updated
	return updated, nil
}

type podInformer struct {
	coreinformers.PodInformer
	world *world
}

func (s podInformer) Informer() cache.SharedIndexInformer {
	var nobody cache.ResourceEventHandler
	return informer{handler: &nobody}
}

func (s podInformer) Lister() corelisters.PodLister { return podLister{world: s.world} }

type podLister struct {
	corelisters.PodLister
	world *world
}

func (s podLister) Pods(string) corelisters.PodNamespaceLister {
	return podNamespaceLister{world: s.world}
}

type podNamespaceLister struct {
	corelisters.PodNamespaceLister
	world *world
}

func (s podNamespaceLister) List(labels.Selector) ([]*corev1.Pod, error) { return s.world.pods, nil }

type mapper struct{ meta.RESTMapper }

func (mapper) RESTMappings(kind schema.GroupKind, _ ...string) ([]*meta.RESTMapping, error) {
	return []*meta.RESTMapping{{
		Resource:         schema.GroupVersionResource{Group: kind.Group, Version: "v1", Resource: "deployments"},
		GroupVersionKind: kind.WithVersion("v1"),
	}}, nil
}

type scales struct {
	scale.ScaleInterface
	world *world
}

func (s scales) Scales(string) scale.ScaleInterface { return s }

func (s scales) Get(context.Context, schema.GroupResource, string, metav1.GetOptions) (*autoscalingv1.Scale, error) {
	if s.world.tick.FailScaleGet {
		return nil, errRefused
	}
	result := &autoscalingv1.Scale{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: targetName},
		Spec:       autoscalingv1.ScaleSpec{Replicas: s.world.replicas},
		Status:     autoscalingv1.ScaleStatus{Replicas: s.world.statusReplicas(), Selector: "app=web"},
	}
	if s.world.tick.NoSelector {
		result.Status.Selector = ""
	}
	return result, nil
}

func (s scales) Update(_ context.Context, _ schema.GroupResource, updated *autoscalingv1.Scale, _ metav1.UpdateOptions) (*autoscalingv1.Scale, error) {
	if s.world.tick.FailScaleUpdate {
		return nil, errRefused
	}
	s.world.replicas = updated.Spec.Replicas
	s.world.rescaled = true
	return updated, nil
}

type events struct{ coreclient.EventInterface }

func (s events) Events(string) coreclient.EventInterface { return s }

func (events) CreateWithEventNamespace(event *corev1.Event) (*corev1.Event, error) { return event, nil }
func (events) UpdateWithEventNamespace(event *corev1.Event) (*corev1.Event, error) { return event, nil }
func (events) PatchWithEventNamespace(event *corev1.Event, _ []byte) (*corev1.Event, error) {
	return event, nil
}
