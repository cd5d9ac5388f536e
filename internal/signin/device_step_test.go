package signin_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/signin"
)

// The device step, for each kind of device, each policy, with and without a second factor,
// and both answers: the states, the trust, the events and the mails.
func TestDeviceStep(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		plain := a.AddUser(t, userEmail, sallyport.RoleMember)
		a.SignInAs(t, a.Laptop(t), userEmail) // the first one is not mailed
		both, app := withTOTP(t, a, "noa@corp.test")
		for _, d := range []struct {
			name                           string
			known, asked, trusted, blocked bool
			device                         sallyport.Device
		}{
			{name: "unknown", asked: true},
			{name: "let in once", known: true, asked: true, device: sallyport.Device{Status: sallyport.DeviceActive}},
			{name: "trusted", known: true, trusted: true, device: sallyport.Device{Status: sallyport.DeviceActive, TrustLevel: 2}},
			{name: "suspended", known: true, blocked: true, device: sallyport.Device{Status: sallyport.DeviceSuspended, TrustLevel: 2}},
			{name: "revoked", known: true, blocked: true, device: sallyport.Device{Status: sallyport.DeviceRevoked, TrustLevel: 3}},
			{name: "compromised", known: true, blocked: true, device: sallyport.Device{Status: sallyport.DeviceActive, TrustLevel: 2, CompromisedAt: apptest.Start}},
		} {
			for _, p := range []struct {
				name            string
				require, skip   bool
				most, leastHere int
			}{{name: "default"}, {name: "trusted only", require: true}, {name: "skip", skip: true}, {name: "one device", most: 1}, {name: "least trust", leastHere: 2}} {
				for _, factor := range []bool{false, true} {
					for _, yes := range []bool{false, true} {
						what := fmt.Sprintf("%s device, policy %s, factor %v, trust it %v", d.name, p.name, factor, yes)
						a.SetPolicy(func(q *sallyport.Policy) {
							q.LockoutFailures = 1000 // a refusal counts as a failure
							q.DeviceRequireTrusted, q.DeviceSkipMFA, q.DeviceMaxPerUser, q.DeviceMinTrust = p.require, p.skip, p.most, p.leastHere
						})
						a.Clock.Advance(time.Minute) // another code
						u := plain
						if factor {
							u = both
						}
						change(t, a, "UPDATE devices SET trust_level = 0 WHERE user_id = $1", u.ID)
						other := ""
						if p.most > 0 && !d.trusted {
							other, _ = give(t, a, u, sallyport.Device{Status: sallyport.DeviceActive, TrustLevel: 1})
						}
						from := a.From(t, apptest.Client("192.0.2.44", apptest.SafariOnIPhone))
						from.AsksTrust = true
						id := ""
						if d.known {
							var credential string
							id, credential = give(t, a, u, d.device)
							from.Devices = []string{credential}
						}

						// The expected result.
						states, reason, level := []signin.State{signin.Password}, sallyport.Code(""), sallyport.TrustNone
						var events []string
						mails := ""
						spared := p.skip && d.trusted
						if factor && !spared {
							states = append(states, signin.Factor)
						}
						if d.asked {
							states = append(states, signin.Device)
						}
						switch {
						case d.blocked, d.asked && p.require && !yes:
							reason, events = sallyport.CodeDeviceNotTrusted, []string{string(audit.SignInFailed)}
						default:
							if !d.known {
								events, mails = append(events, string(audit.DeviceAdded)), "new_sign_in "+strings.TrimSuffix(u.Email, "@corp.test")
							}
							events = append([]string{string(audit.SignedIn)}, events...)
							switch {
							case d.trusted:
								level = sallyport.TrustMedium // stays the same whether or not it is verified again
							case yes:
								if other != "" {
									events = append(events, string(audit.DeviceRevoked))
								}
								level, events = sallyport.TrustLow, append(events, string(audit.DeviceTrusted))
								if factor {
									level, events = sallyport.TrustMedium, append(events, string(audit.DeviceTrusted))
								}
							}
						}

						a.Mails(t)
						a.Clock.Advance(notify.StormWindow) // each is told by itself
						before, sessions := logged(t, a), len(liveSessions(t, a, u.ID))
						r, passed, err := walk(t, a, from, u.Email, app, signin.Step{Trust: yes, GiveUp: other})
						same(t, what+": reason", sallyport.CodeOf(err), reason)
						same(t, what+": steps", fmt.Sprint(passed), fmt.Sprint(states))
						same(t, what+": events", since(t, a, before), strings.Join(events, " "))
						same(t, what+": mails", mailsNow(t, a), mails)
						attempt := lastAttempt(t, a)
						attempt.UserAgent = "" // too long to read below
						if attempt.FailureReason != reason || attempt.Successful != (reason == "") || attempt.MFAVerified != (factor && !spared) ||
							attempt.SessionID != r.Session.ID || d.known && attempt.DeviceID != id {
							t.Errorf("%s: attempt %+v", what, attempt)
						}
						if reason != "" {
							if n := len(liveSessions(t, a, u.ID)); n != sessions || r.SessionToken != "" || r.DeviceToken != "" {
								t.Errorf("%s: %d sessions, there were %d: %+v", what, n, sessions, r)
							}
							continue
						}
						got := deviceOf(t, a, r.Session.DeviceID)
						if got.TrustLevel != level || d.known != (got.ID == id) || got.Status != sallyport.DeviceActive || attempt.DeviceID != got.ID {
							t.Errorf("%s: the device is %+v, want level %d", what, got, level)
						}
						if r.DeviceToken == "" || d.known != (r.FormerDeviceToken != "") {
							t.Errorf("%s: the credential did not change", what)
						}
						if other != "" && (deviceOf(t, a, other).Status == sallyport.DeviceRevoked) != yes {
							t.Errorf("%s: the other device is %+v", what, deviceOf(t, a, other))
						}
					}
				}
			}
		}
	})
}

// A client that cannot be asked gets level 0; where policy wants trusted devices it is
// refused.
func TestClientThatCannotAsk(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		from := a.Laptop(t)
		r, passed, err := walk(t, a, from, apptest.OwnerEmail, nil, signin.Step{Trust: true})
		if err != nil || len(passed) != 1 || deviceOf(t, a, r.Session.DeviceID).TrustLevel != 0 {
			t.Errorf("%v %v", passed, err)
		}
		a.SetPolicy(func(p *sallyport.Policy) { p.DeviceRequireTrusted = true })
		if _, _, err = walk(t, a, apptest.After(from, r), apptest.OwnerEmail, nil, signin.Step{}); sallyport.CodeOf(err) != sallyport.CodeDeviceNotTrusted {
			t.Error(err)
		}
		// An answer without a question does not help either.
		from.AsksTrust = true
		f := open(t, a, from, apptest.OwnerEmail)
		refused(t, a, from, f.FlowToken, signin.Step{State: signin.Device, Trust: true}, sallyport.CodeFlowMismatch)
	})
}

// A fingerprint is stored, within limits, with its device, and recognises nothing.
func TestFingerprintGrantsNothing(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		from := a.Laptop(t)
		from.Fingerprint = sallyport.Fingerprint{
			UserAgent: strings.Repeat("é", 400), Platform: "Mac\x00Intel", Language: "de\xff", HardwareConcurrency: 1 << 30, DeviceMemory: 8, TouchSupport: true,
		}
		_, r := enter(t, a, from, apptest.OwnerEmail, nil, true)
		want := sallyport.Fingerprint{UserAgent: strings.Repeat("é", 256), Platform: "MacIntel", Language: "de", DeviceMemory: 8, TouchSupport: true}
		if got := deviceOf(t, a, r.Session.DeviceID).Fingerprint; got != want {
			t.Errorf("kept %+v", got)
		}
		// The same machine by its fingerprint, without the credential.
		_, again := enter(t, a, from, apptest.OwnerEmail, nil, false)
		if d := deviceOf(t, a, again.Session.DeviceID); d.ID == r.Session.DeviceID || d.TrustLevel != 0 {
			t.Errorf("recognised by its fingerprint: %+v", d)
		}
	})
}
