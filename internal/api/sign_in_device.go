package api

import (
	"context"
	"net/http"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/signin"
)

func (e *edge) addSignInDevice() {
	op := post("answerDevice", "/sign-in/{flowId}/device", "Say whether to trust the device, when next is device",
		withBody(http.StatusForbidden, http.StatusNotFound, http.StatusConflict)...)
	op.Description = "Trusting lists it among the user's devices at level 1. Without trust it is let in this once, and asked about again; " +
		"where policy wants trusted devices that is 403 device_not_trusted. 422 too_many_devices without giveUp, where devices are listed."
	handle(e, op.by(inFlow), e.answerDevice)
}

type deviceAnswerInput struct {
	FlowInput
	Body struct {
		Trust  bool   `json:"trust"`
		GiveUp string `json:"giveUp,omitempty" maxLength:"64" doc:"Id of one of devices, which is removed to make room."`
	} `nameHint:"DeviceAnswerRequest"`
}

func (e *edge) answerDevice(ctx context.Context, in *deviceAnswerInput) (*signInOutput, error) {
	return e.advance(ctx, in.FlowInput, signin.Step{State: signin.Device, Trust: in.Body.Trust, GiveUp: in.Body.GiveUp})
}

// trustedDevice is a trusted device that the user can remove, so that the device of
// this sign-in can be trusted.
type trustedDevice struct {
	ID         string               `json:"id"`
	Name       string               `json:"name" doc:"Given by its owner; may be empty."`
	DeviceInfo sallyport.DeviceInfo `json:"deviceInfo"`
	LastUsedAt time.Time            `json:"lastUsedAt"`
}

func showTrusted(devices []sallyport.Device) (out []trustedDevice) {
	for _, d := range devices {
		out = append(out, trustedDevice{d.ID, d.Name, d.Info, d.LastUsedAt.UTC()})
	}
	return out
}
