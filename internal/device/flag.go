package device

import (
	"cmp"
	"context"
	"strconv"
	"strings"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/alert"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/message"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/risk"
	"github.com/sallyport/sallyport/internal/session"
)

// Who marked a device as compromised, as Device.CompromisedBy gives it.
const (
	BySystem = "system"
	ByUser   = "user"
	ByAdmin  = "admin"
)

// Flag is why a device is marked as compromised.
type Flag struct {
	By         string
	Reason     string               // what a person wrote; "" when signals decided
	Assessment sallyport.Assessment // the signals that did
	AttemptID  string               // the sign-in they were of
	Client     sallyport.Client     // where that came from
}

// copied is the assessment of a credential that came back.
var copied = sallyport.Assessment{Score: 100, Findings: []sallyport.Finding{{Signal: risk.CredentialReuse, Weight: 100}}}

// Mark marks a device of the act's user as compromised: its sessions end, no sign-in on
// it succeeds, and its owner and the admins are told why. One that was marked already
// stays as it is.
func Mark(ctx context.Context, a *act.Act, d sallyport.Device, f Flag) error {
	d.CompromisedAt, d.CompromisedReason, d.CompromisedBy = a.Now, f.Reason, f.By
	done, err := act.Ignore(a.FlagDevice(ctx, d))
	if !done {
		return err
	}
	n, err := session.EndOnDevice(ctx, a, d.ID, session.ReasonDeviceFlagged)
	if err != nil {
		return err
	}
	data := append(act.Given("reason", f.Reason), act.Given("signals", Signals(f.Assessment))...)
	a.Note(audit.DeviceFlagged, act.About{Target: d.ID}, append(data, "by", f.By, "sessions", strconv.Itoa(n))...)
	return tell(ctx, a, d, f)
}

// Signals lists the signals of an assessment, for events.
func Signals(a sallyport.Assessment) string {
	var names []string
	for _, f := range a.Findings {
		names = append(names, string(f.Signal))
	}
	return strings.Join(names, " ")
}

// Reasons returns why a device is or was doubted, in sentences of a language.
func Reasons(lang string, f Flag) []string {
	printer := message.For(lang)
	var out []string
	if f.Reason != "" {
		out = append(out, f.Reason)
	}
	for _, finding := range f.Assessment.Findings {
		out = append(out, printer.Finding(finding))
	}
	if len(out) == 0 {
		out = append(out, printer.T("device.reported."+f.By))
	}
	return out
}

// Title is what a device is called: by its owner's name for it, or by what it is.
func Title(lang string, d sallyport.Device) string {
	return cmp.Or(d.Name, message.For(lang).Device(d.Info))
}

// tell mails the owner of a device and the admins.
func tell(ctx context.Context, a *act.Act, d sallyport.Device, f Flag) error {
	data := notify.Data{DeviceName: Title("", d), Reasons: Reasons("", f)}
	if err := a.Tell(ctx, alert.Alert{
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
		if admin.ID == a.User.ID {
			continue
		}
		if err := a.Tell(ctx, alert.Alert{Kind: notify.DeviceFlaggedAdmin, User: admin, Client: f.Client, Data: data}); err != nil {
			return err
		}
	}
	return nil
}

// Copied acts, for the system, on a credential that came back after it was replaced:
// the device it was of becomes a stranger, whoever holds which copy, and its owner is
// told. Where policy flags what looks compromised the device is marked as well, which
// ends its sessions. Nothing happens when another request was faster.
func Copied(ctx context.Context, a *act.Act, d sallyport.Device, from sallyport.Client) error {
	current, err := a.Device(ctx, d.TenantID, d.ID)
	if err != nil || current.Status == sallyport.DeviceRevoked || current.Compromised() {
		return err
	}
	if err := EndTrust(ctx, a, d.ID, ReasonCopied); err != nil {
		return err
	}
	a.Note(audit.DeviceCredentialReused, act.About{Target: d.ID})
	if err := a.Tell(ctx, alert.Alert{
		Kind: notify.DeviceCopied, Client: from, About: link.About{DeviceID: d.ID}, Data: notify.Data{DeviceName: Title("", d)},
	}); err != nil || a.Policy.DeviceCompromise != policy.FlagCompromised {
		return err
	}
	return Mark(ctx, a, d, Flag{By: BySystem, Assessment: copied, Client: from})
}
