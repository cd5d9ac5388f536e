package api

import (
	"context"
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/list"
)

func (e *edge) addDevices() {
	devices := get("listDevices", "/devices", "The devices of the organisation")
	devices.Description = "Every device an account was used from, also those that were let in once."
	handleList(e, devices.needs(device.NeedView), list.Devices, e.listDevices)

	one := get("getDevice", "/devices/{id}", "One device", http.StatusNotFound)
	handle(e, one.needs(device.NeedView), e.getDevice)

	act := func(n act.Need, id, path, summary, description string, do func(context.Context, sallyport.Actor, string) error) {
		op := post(id, "/devices/{id}/"+path, summary, http.StatusNotFound, http.StatusConflict)
		op.Description = description
		handle(e, op.needs(n), e.onDevice(do))
	}
	act(device.NeedManage, "trustDevice", "trust", "Trust a device", "It is at level 3 from then on. 409 when it is blocked. That it is so already is no error.", func(ctx context.Context, a sallyport.Actor, id string) error {
		return e.Devices.SetLevel(ctx, a, id, sallyport.TrustHigh)
	})
	act(device.NeedManage, "suspendDevice", "suspend", "Block a device for the time being", "Its sessions end. 409 when it is removed. That it is so already is no error.", e.Devices.Suspend)
	act(device.NeedManage, "resumeDevice", "resume", "Let a suspended device sign in again", "409 when it is removed. One that is not suspended is no error.", e.Devices.Resume)
	act(device.NeedManage, "revokeDevice", "revoke", "Remove a device", "Its sessions end, and no sign-in on it succeeds.", e.Devices.RevokeOf)
	act(device.NeedManage, "clearDevice", "clear", "Clear a device that was marked as compromised", "It is at level 1 from then on. One without a mark is no error.", e.Devices.Clear)

	level := post("setDeviceLevel", "/devices/{id}/level", "Set how much a device is trusted", withBody(http.StatusNotFound, http.StatusConflict)...)
	level.Description = "409 when it is blocked. That it is so already is no error."
	handle(e, level.needs(device.NeedManage), e.setDeviceLevel)

	flag := post("flagDevice", "/devices/{id}/flag", "Mark a device as compromised", withBody(http.StatusNotFound)...)
	flag.Description = "Its sessions end and no sign-in on it succeeds. Its owner and the admins are told why. That it is so already is no error."
	handle(e, flag.needs(device.NeedManage), e.flagDevice)

	attempts := get("listAttempts", "/login-attempts", "Sign-ins, tried and done, newest first")
	handleList(e, attempts.needs(account.NeedAttempts), list.Attempts, e.listAttempts)
}

func (e *edge) listDevices(ctx context.Context, q list.Query) (*pageOutput[deviceRecord], error) {
	found, err := e.Devices.List(ctx, e.actor(ctx), q)
	return newPage(found, showDevice), err
}

func (e *edge) listAttempts(ctx context.Context, q list.Query) (*pageOutput[attemptRecord], error) {
	found, err := e.Accounts.ListAttempts(ctx, e.actor(ctx), q)
	return newPage(found, showAttempt), err
}

type deviceOutput struct{ Body deviceRecord }

func (e *edge) getDevice(ctx context.Context, in *idInput) (*deviceOutput, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	d, err := e.Devices.Get(ctx, e.actor(ctx), id)
	return &deviceOutput{showDevice(d)}, err
}

type levelInput struct {
	ID   string `path:"id"`
	Body struct {
		TrustLevel sallyport.TrustLevel `json:"trustLevel" minimum:"1" maximum:"3"`
	} `nameHint:"DeviceTrustLevelRequest"`
}

func (e *edge) setDeviceLevel(ctx context.Context, in *levelInput) (*struct{}, error) {
	id, err := idInput{in.ID}.id()
	if err != nil {
		return nil, err
	}
	return nil, e.Devices.SetLevel(ctx, e.actor(ctx), id, in.Body.TrustLevel)
}

type flagInput struct {
	ID   string `path:"id"`
	Body struct {
		Reason string `json:"reason" maxLength:"100" doc:"In words: its owner and the admins read it."`
	} `nameHint:"FlagDeviceRequest"`
}

func (e *edge) flagDevice(ctx context.Context, in *flagInput) (*struct{}, error) {
	id, err := idInput{in.ID}.id()
	if err != nil {
		return nil, err
	}
	return nil, e.Devices.Flag(ctx, e.actor(ctx), id, in.Body.Reason)
}
