package signin_test

import (
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/store"
)

// A user who has as many trusted devices as policy allows sees them, and removes one of
// their own for the new one. Its sessions end, and it is not recognised again.
func TestGiveUpADevice(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.SetPolicy(func(p *sallyport.Policy) { p.DeviceMaxPerUser = 2 })
		a.AddUser(t, userEmail, sallyport.RoleMember)
		_, owners := enter(t, a, a.Laptop(t), apptest.OwnerEmail, nil, true)
		first, one := enter(t, a, a.Laptop(t), userEmail, nil, true)
		_, two := enter(t, a, a.Laptop(t), userEmail, nil, true)
		_, once := enter(t, a, a.Laptop(t), userEmail, nil, false) // does not count for the limit

		from := a.Laptop(t)
		from.AsksTrust = true
		f := open(t, a, from, userEmail)
		f, err := a.SignIn.Advance(t.Context(), from, f.FlowToken, withPassword(apptest.Password))
		if err != nil || f.State != signin.Device || len(f.Devices) != 2 {
			t.Fatalf("%+v %v", f, err)
		}
		if looked, err := a.SignIn.Look(t.Context(), from, f.FlowToken); err != nil || len(looked.Devices) != 2 {
			t.Errorf("looked at: %d devices, %v", len(looked.Devices), err)
		}
		for _, id := range []string{"", "none", owners.Session.DeviceID, once.Session.DeviceID} {
			refusedFor(t, a, "giving up "+id, from, f, signin.Step{State: signin.Device, Trust: true, GiveUp: id}, "validation_failed too_many_devices")
		}
		for _, r := range []signin.Result{owners, one, two, once} {
			same(t, "after refusals", a.Check(t, r.SessionToken), "")
		}
		r := goesOn(t, a, from, f, signin.Step{State: signin.Device, Trust: true, GiveUp: one.Session.DeviceID}, signin.Done)
		if d := deviceOf(t, a, r.Session.DeviceID); d.TrustLevel != sallyport.TrustLow {
			t.Errorf("%+v", d)
		}
		gone := deviceOf(t, a, one.Session.DeviceID)
		if gone.Status != sallyport.DeviceRevoked || gone.EndedReason != device.ReasonGivenUp || a.Check(t, one.SessionToken) != sallyport.CodeSessionRevoked {
			t.Errorf("%+v", gone)
		}
		same(t, "the other one", a.Check(t, two.SessionToken), "")
		first.Session = ""
		if _, _, err := walk(t, a, first, userEmail, nil, signin.Step{}); sallyport.CodeOf(err) != sallyport.CodeDeviceNotTrusted {
			t.Errorf("the one given up: %v", err)
		}
		// Answering no needs no room.
		enter(t, a, a.Laptop(t), userEmail, nil, false)
	})
}

// However many parallel sign-ins on two nodes trust their device, there are never more than
// policy allows.
func TestParallelTrust(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.SetPolicy(func(p *sallyport.Policy) { p.DeviceMaxPerUser = 3 })
		u := a.AddUser(t, userEmail, sallyport.RoleMember)
		nodes := []*apptest.App{a, a.Node(t, store.Options{})}
		_, kept := enter(t, a, a.Laptop(t), userEmail, nil, true)
		from := a.Laptop(t)
		from.AsksTrust = true
		var flows []signin.Result
		for range 16 {
			f := open(t, a, from, userEmail)
			flows = append(flows, goesOn(t, a, from, f, withPassword(apptest.Password), signin.Device))
		}
		all := atOnce(16, func(i int) (signin.Result, error) {
			return nodes[i%2].SignIn.Advance(t.Context(), from, flows[i].FlowToken, signin.Step{State: signin.Device, Trust: true})
		})
		if got := codes(all); got[""] != 2 || got[sallyport.CodeInvalid] != 14 {
			t.Errorf("answers %v", got)
		}
		if n, err := a.DB.CountTrusted(t.Context(), u.TenantID, u.ID); n != 3 || err != nil {
			t.Errorf("%d trusted devices, %v", n, err)
		}
		// The same when all of them remove the same device.
		for i, o := range all {
			if o.err == nil {
				flows[i] = goesOn(t, a, from, open(t, a, from, userEmail), withPassword(apptest.Password), signin.Device)
			}
		}
		all = atOnce(16, func(i int) (signin.Result, error) {
			return nodes[i%2].SignIn.Advance(t.Context(), from, flows[i].FlowToken, signin.Step{State: signin.Device, Trust: true, GiveUp: kept.Session.DeviceID})
		})
		if got := codes(all); got[""] != 1 || got[sallyport.CodeInvalid] != 15 {
			t.Errorf("giving up the same one: %v", got)
		}
		if n, err := a.DB.CountTrusted(t.Context(), u.TenantID, u.ID); n != 3 || err != nil {
			t.Errorf("%d trusted devices, %v", n, err)
		}
	})
}
