package api

import (
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/signin"
)

// devices returns the devices of a signed-in client.
func (c *client) devices() []deviceRecord {
	c.app.t.Helper()
	return into[struct{ Items []deviceRecord }](c.get("/me/devices").is(200)).Items
}

// signInTrusting signs in on a new device and trusts it.
func (a *app) signInTrusting(kind, address, giveUp string) *client {
	a.t.Helper()
	c := a.client()
	c.answers = true
	s := c.passwordGiven(kind, address)
	if s.Next != signin.Device {
		a.t.Fatalf("%+v", s)
	}
	body := object("trust", true)
	if giveUp != "" {
		body = object("trust", true, "giveUp", giveUp)
	}
	if s = c.step("/sign-in/"+s.FlowID+"/device", body); s.Next != signin.Done {
		a.t.Fatalf("%+v", s)
	}
	return c
}

func TestTrustAtSignIn(t *testing.T) {
	onBoth(t, func(t *testing.T, a *app) {
		a.policy.DeviceMaxPerUser = 1
		for _, kind := range []string{webClient, nativeClient} {
			address := map[string]string{webClient: memberEmail, nativeClient: adminEmail}[kind]
			c := a.signInTrusting(kind, address, "")
			first := c.devices()
			if len(first) != 1 || first[0].TrustLevel != sallyport.TrustLow || !first[0].IsCurrent || first[0].ActiveSessions != 1 {
				t.Fatalf("%s: %+v", kind, first)
			}
			// The device is not asked about again, and its credential changes.
			c.answers = true
			before := c.headers[deviceHeader] + c.cookies["__Host-sallyport-devices"]
			if s := c.passwordGiven(kind, address); s.Next != signin.Done {
				t.Fatalf("%s: a trusted device is asked: %+v", kind, s)
			}
			if now := c.headers[deviceHeader] + c.cookies["__Host-sallyport-devices"]; now == before || now == "" {
				t.Errorf("%s: the credential stayed %q", kind, now)
			}
			// A second device needs another one to be removed.
			other := a.client()
			other.answers = true
			s := other.passwordGiven(kind, address)
			path := "/sign-in/" + s.FlowID + "/device"
			if len(s.Devices) != 1 || s.Devices[0].ID != first[0].ID {
				t.Fatalf("%s: %+v", kind, s)
			}
			if r := other.post(path, object("trust", true)).refused(422, sallyport.CodeInvalid).rule(); r.Code != "too_many_devices" {
				t.Errorf("%s: %+v", kind, r)
			}
			other.step(path, object("trust", true, "giveUp", first[0].ID))
			c.get("/me").refused(401, sallyport.CodeSessionRevoked)
		}
		a.policy.DeviceRequireTrusted = true
		c := a.client()
		c.answers = true
		s := c.passwordGiven(webClient, memberEmail)
		if p := into[problem](c.post("/sign-in/"+s.FlowID+"/device", object("trust", false)).refused(403, sallyport.CodeDeviceNotTrusted)); p.Next != "deny" {
			t.Errorf("%+v", p)
		}
	})
}

func TestOwnDevices(t *testing.T) {
	onBoth(t, func(t *testing.T, a *app) {
		c := a.signInTrusting(webClient, memberEmail, "")
		phone := a.signInTrusting(nativeClient, memberEmail, "")
		id := c.devices()[0].ID
		c.do("PATCH", prefix+"/me/devices/"+id, object("name", "Desk")).is(204)
		c.post("/me/devices/"+id+"/primary", "").is(204)
		if d := c.devices()[0]; d.Name != "Desk" || !d.IsPrimary {
			t.Errorf("%+v", d)
		}
		a.advance(11 * time.Minute)
		c.post("/me/devices/"+id+"/primary", "").refused(403, sallyport.CodeStepUp)
		c.post("/me/confirm-device", "").refused(403, sallyport.CodeStepUp)
		lost := phone.devices()[0]
		for _, path := range []string{lost.ID + "/report-lost", lost.ID + "/revoke", id + "/report-lost", id + "/revoke"} {
			c.post("/me/devices/"+path, "").refused(403, sallyport.CodeStepUp)
		}
		c.confirm("end_device")
		c.post("/me/devices/"+lost.ID+"/report-lost", "").is(204)
		phone.get("/me").refused(401, sallyport.CodeSessionRevoked)
		phone.answers = true
		flow := phone.open(nativeClient, memberEmail)
		phone.headers[flowHeader] = flow.FlowToken
		phone.post("/sign-in/"+flow.FlowID+"/password", object("password", goodPassword)).refused(403, sallyport.CodeDeviceNotTrusted)
		if d := c.devices()[1]; !d.Compromised || d.CompromisedBy != "user" {
			t.Errorf("%+v", d)
		}
		if tried := into[page[attemptRecord]](c.get("/me/sign-ins").is(200)).Items; len(tried) != 3 || tried[0].FailureReason != sallyport.CodeDeviceNotTrusted {
			t.Errorf("%+v", tried)
		}
		c.post("/me/devices/"+id+"/revoke", "").is(204)
		c.get("/me").refused(401, sallyport.CodeSessionRevoked)
	})
}

func TestAdminDevices(t *testing.T) {
	onBoth(t, func(t *testing.T, a *app) {
		member := a.signInTrusting(webClient, memberEmail, "")
		id := member.devices()[0].ID
		admin := a.browse(adminEmail)
		for _, path := range []string{"/devices", "/devices/" + id, "/login-attempts"} {
			admin.get(path).is(200)
		}
		get := func() deviceRecord { return into[deviceRecord](admin.get("/devices/" + id).is(200)) }
		admin.post("/devices/"+id+"/trust", "").is(204)
		if d := get(); d.TrustLevel != sallyport.TrustHigh || d.TrustReason != "set_by_admin" {
			t.Errorf("%+v", d)
		}
		admin.post("/devices/"+id+"/level", object("trustLevel", 2)).is(204)
		admin.post("/devices/"+id+"/level", object("trustLevel", 4)).refused(422, sallyport.CodeInvalid)
		admin.post("/devices/"+id+"/suspend", "").is(204)
		member.get("/me").refused(401, sallyport.CodeSessionRevoked)
		admin.post("/devices/"+id+"/suspend", "").is(204)
		admin.post("/devices/"+id+"/resume", "").is(204)
		admin.post("/devices/"+id+"/flag", object("reason", "")).refused(422, sallyport.CodeInvalid)
		admin.post("/devices/"+id+"/flag", object("reason", "Left in a taxi")).is(204)
		if d := get(); !d.Compromised || d.CompromisedReason != "Left in a taxi" || d.TrustLevel != 0 {
			t.Errorf("%+v", d)
		}
		admin.post("/devices/"+id+"/clear", "").is(204)
		if d := get(); d.Compromised || d.TrustLevel != sallyport.TrustLow {
			t.Errorf("%+v", d)
		}
		admin.post("/devices/"+id+"/revoke", "").is(204)
		if all := into[page[deviceRecord]](admin.get("/devices?userId=" + a.member.ID).is(200)).Items; len(all) != 1 || all[0].Status != sallyport.DeviceRevoked {
			t.Errorf("%+v", all)
		}
	})
}
