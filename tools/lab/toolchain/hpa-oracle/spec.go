package main

import (
	"context"
	"encoding/json"
	"slices"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/apiserver/pkg/registry/rest"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"k8s.io/kubernetes/pkg/apis/autoscaling"
	_ "k8s.io/kubernetes/pkg/apis/autoscaling/install"
	"k8s.io/kubernetes/pkg/registry/autoscaling/horizontalpodautoscaler"
)

const (
	namespace  = "web"
	hpaName    = "web"
	targetKind = "Deployment"
	targetName = "web"
)

// admit does to a spec what the API server does: defaults, dropped fields, validation. old is nil for a new object. It
// returns the object that the controller gets to see, or the fields for which it is refused.
func admit(spec *autoscalingv2.HorizontalPodAutoscalerSpec, old *autoscalingv2.HorizontalPodAutoscaler) (*autoscalingv2.HorizontalPodAutoscaler, []string, error) {
	sent := &autoscalingv2.HorizontalPodAutoscaler{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: hpaName, ResourceVersion: "1"},
		Spec:       *spec.DeepCopy(),
	}
	sent.Spec.ScaleTargetRef = autoscalingv2.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: targetKind, Name: targetName}
	legacyscheme.Scheme.Default(sent)

	version := autoscalingv2.SchemeGroupVersion
	ctx := request.WithRequestInfo(context.Background(), &request.RequestInfo{APIGroup: version.Group, APIVersion: version.Version})
	internal := &autoscaling.HorizontalPodAutoscaler{}
	if err := legacyscheme.Scheme.Convert(sent, internal, nil); err != nil {
		return nil, nil, err
	}
	strategy := horizontalpodautoscaler.Strategy
	var refusals field.ErrorList
	if old == nil {
		strategy.PrepareForCreate(ctx, internal)
		refusals = rest.ValidateCreate(ctx, internal, strategy)
	} else {
		internalOld := &autoscaling.HorizontalPodAutoscaler{}
		if err := legacyscheme.Scheme.Convert(old, internalOld, nil); err != nil {
			return nil, nil, err
		}
		// As rest.BeforeUpdate does: nobody sends a generation.
		internal.Generation = internalOld.Generation
		strategy.PrepareForUpdate(ctx, internal, internalOld)
		refusals = rest.ValidateUpdate(ctx, internal, internalOld, strategy)
	}
	if len(refusals) > 0 {
		fields := make([]string, 0, len(refusals))
		for _, refusal := range refusals {
			fields = append(fields, refusal.Field)
		}
		slices.Sort(fields)
		return nil, slices.Compact(fields), nil
	}
	admitted := &autoscalingv2.HorizontalPodAutoscaler{}
	if err := legacyscheme.Scheme.Convert(internal, admitted, nil); err != nil {
		return nil, nil, err
	}
	// The controller reads what is stored, which has quantities in canonical form: 0.3 as 300m, another double.
	stored, err := json.Marshal(admitted)
	if err != nil {
		return nil, nil, err
	}
	seen := &autoscalingv2.HorizontalPodAutoscaler{}
	return seen, nil, json.Unmarshal(stored, seen)
}
