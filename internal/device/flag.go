package device

import (
	"context"
	"strconv"
	"strings"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/risk"
)

// Values of Device.CompromisedBy: who marked a device.
const (
	BySystem = "system"
	ByUser   = "user"
	ByAdmin  = "admin"
)

// Flag says why a device is marked as compromised.
type Flag struct {
	By         string
	Reason     string               // what a person wrote; "" when risk signals decided
	Assessment sallyport.Assessment // the risk signals
	AttemptID  string               // the sign-in that gave them
	Client     sallyport.Client     // where that sign-in came from
}

// copyAssessment is the assessment of a device credential that was used after its replacement.
var copyAssessment = sallyport.Assessment{Score: 100, Findings: []sallyport.Finding{{Signal: risk.CredentialReuse, Weight: 100}}}

// Mark marks a device of the act's user as compromised: its sessions end, it cannot be
// used to sign in, and its owner and the admins are told why. Marking it again changes
// nothing.
func Mark(ctx context.Context, a *act.Act, d sallyport.Device, f Flag) error {
	d.CompromisedAt, d.CompromisedReason, d.CompromisedBy = a.Now, f.Reason, f.By
	done, err := act.Ignore(a.FlagDevice(ctx, d))
	if !done {
		return err
	}
	n, err := a.RevokeSessions(ctx, act.Sessions{Device: d.ID}, act.ReasonDeviceFlagged)
	if err != nil {
		return err
	}
	data := append(act.Given("reason", f.Reason), act.Given("signals", Signals(f.Assessment))...)
	a.Note(audit.DeviceFlagged, act.About{Target: d.ID}, append(data, "by", f.By, "sessions", strconv.Itoa(n))...)
	return tell(ctx, a, d, f)
}

// Signals joins the names of the signals of an assessment, for events.
func Signals(a sallyport.Assessment) string {
	var names []string
	for _, f := range a.Findings {
		names = append(names, string(f.Signal))
	}
	return strings.Join(names, " ")
}

// Why says why a device is or was flagged.
func (f Flag) Why() notify.Why {
	return notify.Why{Words: f.Reason, Findings: f.Assessment.Findings, By: f.By}
}

// named is the data of a mail about a device.
func named(d sallyport.Device) notify.Data {
	return notify.Data{DeviceName: d.Name, DeviceInfo: &d.Info}
}

// tell mails the owner of a device and the admins.
func tell(ctx context.Context, a *act.Act, d sallyport.Device, f Flag) error {
	data := named(d)
	data.Why = f.Why()
	if err := a.Tell(ctx, act.Alert{
		Kind: notify.DeviceFlagged, Client: f.Client, About: link.About{DeviceID: d.ID, AttemptID: f.AttemptID},
		NotMe: f.By == BySystem, Mine: f.By == BySystem, Data: data,
	}); err != nil {
		return err
	}
	admins, err := a.Admins(ctx, d.TenantID)
	if err != nil {
		return err
	}
	data.Person = a.User.Email
	for _, admin := range admins {
		if admin.ID == a.User.ID || admin.ID == a.Actor.UserID { // they know
			continue
		}
		if err := a.Tell(ctx, act.Alert{Kind: notify.DeviceFlaggedAdmin, User: admin, Client: f.Client, Data: data}); err != nil {
			return err
		}
	}
	return nil
}

// Copied responds, as the system, to a replaced credential that is used again: the device
// is no longer recognised and its sessions end, because it is unknown who holds the copy, and
// its owner is told. Where policy flags compromised devices it is also marked. It does nothing
// when a parallel request has done it.
func Copied(ctx context.Context, a *act.Act, d sallyport.Device, from sallyport.Client) error {
	current, err := a.Device(ctx, d.TenantID, d.ID)
	if err != nil || current.Status == sallyport.DeviceRevoked || current.Compromised() {
		return err
	}
	if err := a.EndTrustOf(ctx, d.ID, ReasonCopied); err != nil {
		return err
	}
	a.Note(audit.DeviceCredentialReused, act.About{Target: d.ID})
	if _, err := a.RevokeSessions(ctx, act.Sessions{Device: d.ID}, act.ReasonDeviceCopied); err != nil {
		return err
	}
	if err := a.Tell(ctx, act.Alert{
		Kind: notify.DeviceCopied, Client: from, About: link.About{DeviceID: d.ID}, Data: named(d),
	}); err != nil || a.Policy.DeviceCompromise != policy.FlagCompromised {
		return err
	}
	return Mark(ctx, a, d, Flag{By: BySystem, Assessment: copyAssessment, Client: from})
}
