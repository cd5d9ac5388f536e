package device

import (
	"cmp"
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/alert"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/message"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/session"
	"github.com/sallyport/sallyport/internal/store"
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

// Mark marks a device as compromised, in the caller's transaction, which has locked its
// user: its sessions end, no sign-in on it succeeds, and its owner and the admins
// are told why. It returns the events, none when the device was marked already.
func Mark(ctx context.Context, tx *store.Tx, alerts *alert.Service, actor sallyport.Actor, p sallyport.Policy, user sallyport.User, d sallyport.Device, f Flag, now time.Time) ([]sallyport.Event, error) {
	err := tx.FlagDevice(ctx, d.TenantID, d.ID, f.Reason, f.By, now)
	if errors.Is(err, sallyport.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	events, err := session.EndOnDevice(ctx, tx, actor, d.ID, session.ReasonDeviceFlagged, now)
	if err != nil {
		return nil, err
	}
	e := audit.New(actor, audit.DeviceFlagged, now)
	e.UserID, e.TargetID = d.UserID, d.ID
	e.Data = map[string]string{"by": f.By, "sessions": strconv.Itoa(len(events))}
	if f.Reason != "" {
		e.Data["reason"] = f.Reason
	}
	if s := Signals(f.Assessment); s != "" {
		e.Data["signals"] = s
	}
	return append(events, e), tell(ctx, tx, alerts, p, user, d, f, now)
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
func tell(ctx context.Context, tx *store.Tx, alerts *alert.Service, p sallyport.Policy, user sallyport.User, d sallyport.Device, f Flag, now time.Time) error {
	reasons, title := Reasons("", f), Title("", d)
	mine := alert.Alert{
		Kind: notify.DeviceFlagged, User: user, Client: f.Client, Policy: p, At: now,
		About: link.About{DeviceID: d.ID, AttemptID: f.AttemptID}, NotMe: f.By == BySystem, Mine: f.By == BySystem,
		Data: notify.Data{DeviceName: title, Reasons: reasons},
	}
	if err := alerts.Send(ctx, tx, mine); err != nil {
		return err
	}
	admins, err := tx.Admins(ctx, d.TenantID)
	if err != nil {
		return err
	}
	for _, admin := range admins {
		if admin.ID == user.ID {
			continue
		}
		if err := alerts.Send(ctx, tx, alert.Alert{
			Kind: notify.DeviceFlaggedAdmin, User: admin, Client: f.Client, Policy: p, At: now,
			Data: notify.Data{DeviceName: title, Reasons: reasons, Person: user.Email},
		}); err != nil {
			return err
		}
	}
	return nil
}

// Copied acts on a credential that came back after it was replaced: the device it was
// of becomes a stranger, whoever holds which copy, and its owner is told. Where policy
// flags what looks compromised the device is marked as well, which ends its sessions.
// It returns the events, none when another request was faster.
func Copied(ctx context.Context, tx *store.Tx, alerts *alert.Service, p sallyport.Policy, user sallyport.User, d sallyport.Device, c sallyport.Client, now time.Time) ([]sallyport.Event, error) {
	actor := sallyport.System(d.TenantID)
	current, err := tx.Device(ctx, d.TenantID, d.ID)
	if err != nil || current.Status == sallyport.DeviceRevoked || current.Compromised() {
		return nil, err
	}
	events, err := EndTrust(ctx, tx, actor, user.ID, d.ID, ReasonCopied, now)
	if err != nil {
		return nil, err
	}
	e := audit.New(actor, audit.DeviceCredentialReused, now)
	e.UserID, e.TargetID = user.ID, d.ID
	events = append(events, e)
	if err := alerts.Send(ctx, tx, alert.Alert{
		Kind: notify.DeviceCopied, User: user, Client: c, About: link.About{DeviceID: d.ID}, Policy: p, At: now,
		Data: notify.Data{DeviceName: Title("", d)},
	}); err != nil {
		return nil, err
	}
	if p.DeviceCompromise != policy.FlagCompromised {
		return events, nil
	}
	marked, err := Mark(ctx, tx, alerts, actor, p, user, d, Flag{By: BySystem, Assessment: copied, Client: c}, now)
	return append(events, marked...), err
}

// Clear takes the mark of compromise from a device and leaves it at TrustLow. It
// returns the event; ErrConflict when it has none. What the device held as credential
// works again only if it was not taken as well.
func Clear(ctx context.Context, tx *store.Tx, actor sallyport.Actor, d sallyport.Device, now time.Time) (sallyport.Event, error) {
	e := audit.New(actor, audit.DeviceCleared, now)
	e.UserID, e.TargetID = d.UserID, d.ID
	err := tx.ClearDevice(ctx, d.TenantID, d.ID, policy.LevelOf(policy.Cleared), string(policy.Cleared), now)
	if errors.Is(err, sallyport.ErrNotFound) {
		err = sallyport.ErrConflict
	}
	return e, err
}
