package demo

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/session"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

// gadget is a device as the server knows it: a machine whose cookies were
// cleared is another one.
type gadget struct {
	sallyport.Device // as its row is at the moment
	of               *person
	used             time.Time // by sessions, too
	announced        time.Time
}

func (g *gadget) blocked() bool { return !device.MayStart(g.Device) }

// level gives a device a level of trust.
func (w *world) level(d *deed, actor sallyport.Actor, g *gadget, to sallyport.TrustLevel, why policy.TrustReason, at time.Time) {
	before := g.TrustLevel
	g.TrustLevel, g.TrustReason, g.VerifiedAt = to, string(why), at
	then := g.Device
	d.row(func(ctx context.Context, tx *store.Tx) error { return tx.TrustDevice(ctx, then) })
	if before != to || why == policy.SetByAdmin {
		d.tell(actor, audit.DeviceTrusted, g.of, g.ID, at, "level", strconv.Itoa(int(to)), "reason", string(why))
	}
}

// earn raises a device by what was proven on it.
func (w *world) earn(d *deed, actor sallyport.Actor, g *gadget, s policy.Shown, at time.Time) {
	if to, why := policy.Earned(policy.Trust(w.policy, g.Device, at), s); why != "" {
		w.level(d, actor, g, to, why, at)
	}
}

// strangers ends the trust of all devices of a person, or of one.
func (w *world) strangers(d *deed, actor sallyport.Actor, p *person, one *gadget, reason string, at time.Time) {
	for _, g := range p.gadgets {
		if g.Status == sallyport.DeviceRevoked || g.Compromised() || one != nil && g != one {
			continue
		}
		g.TrustLevel, g.TrustReason, g.Primary = sallyport.TrustNone, "", false
		d.row(func(ctx context.Context, tx *store.Tx) error {
			_, unusable := token.New(token.Device)
			return tx.EndTrust(ctx, w.tenantID, p.user.ID, g.ID, unusable[:])
		})
		d.tell(actor, audit.DeviceTrustEnded, p, g.ID, at, "reason", reason)
		for _, m := range p.machines {
			if m.device == g && g.Status == sallyport.DeviceActive {
				m.device = nil
			}
		}
	}
}

// endOn revokes the sessions on a device and returns how many.
func (w *world) endOn(g *gadget, actor sallyport.Actor, reason string, at time.Time) string {
	n := 0
	for _, s := range slices.Clone(w.open) {
		if s.on == g && s.live(at) {
			w.end(s, at, actor, audit.SessionRevoked, sallyport.SessionRevoked, reason)
			n++
		}
	}
	return strconv.Itoa(n)
}

// flag marks a device as compromised.
func (w *world) flag(d *deed, actor sallyport.Actor, g *gadget, f device.Flag, at time.Time) {
	n := w.endOn(g, actor, session.ReasonDeviceFlagged, at)
	g.TrustLevel, g.TrustReason, g.Primary = sallyport.TrustNone, "", false
	g.CompromisedAt, g.CompromisedBy, g.CompromisedReason = at, f.By, f.Reason
	then := g.Device
	d.row(func(ctx context.Context, tx *store.Tx) error { return tx.FlagDevice(ctx, then) })
	d.tell(actor, audit.DeviceFlagged, g.of, g.ID, at, "by", f.By, "sessions", n, "reason", f.Reason, "signals", device.Signals(f.Assessment))
}

// clear takes the mark from a device.
func (w *world) clear(actor sallyport.Actor, g *gadget, at time.Time) {
	g.CompromisedAt, g.CompromisedBy, g.CompromisedReason = time.Time{}, "", ""
	g.TrustLevel, g.TrustReason, g.VerifiedAt = policy.LevelOf(policy.Cleared), string(policy.Cleared), at
	d := &deed{}
	then := g.Device
	d.row(func(ctx context.Context, tx *store.Tx) error { return tx.ClearDevice(ctx, then) })
	d.tell(actor, audit.DeviceCleared, g.of, g.ID, at)
	w.finish(d, at)
}

// revoke removes a device for good.
func (w *world) revoke(actor sallyport.Actor, g *gadget, reason string, at time.Time) {
	d := &deed{}
	n := w.endOn(g, actor, session.ReasonDeviceRevoked, at)
	g.Status, g.Primary, g.EndedAt, g.EndedReason = sallyport.DeviceRevoked, false, at, reason
	then := g.Device
	d.row(func(ctx context.Context, tx *store.Tx) error {
		return tx.SetDeviceStatus(ctx, then, sallyport.DeviceActive, sallyport.DeviceSuspended)
	})
	d.tell(actor, audit.DeviceRevoked, g.of, g.ID, at, "reason", reason, "sessions", n)
	w.finish(d, at)
}

// block suspends a device, and unblock lets it sign in again.
func (w *world) block(actor sallyport.Actor, g *gadget, at time.Time) {
	d := &deed{}
	n := w.endOn(g, actor, session.ReasonDeviceSuspended, at)
	g.Status, g.Primary, g.EndedAt, g.EndedReason = sallyport.DeviceSuspended, false, at, "suspended_by_admin"
	then := g.Device
	d.row(func(ctx context.Context, tx *store.Tx) error {
		return tx.SetDeviceStatus(ctx, then, sallyport.DeviceActive)
	})
	d.tell(actor, audit.DeviceSuspended, g.of, g.ID, at, "sessions", n)
	w.finish(d, at)
}

func (w *world) unblock(actor sallyport.Actor, g *gadget, at time.Time) {
	d := &deed{}
	g.Status, g.EndedAt, g.EndedReason = sallyport.DeviceActive, time.Time{}, ""
	then := g.Device
	d.row(func(ctx context.Context, tx *store.Tx) error {
		return tx.SetDeviceStatus(ctx, then, sallyport.DeviceSuspended)
	})
	d.tell(actor, audit.DeviceResumed, g.of, g.ID, at)
	w.finish(d, at)
}

func (w *world) rename(actor sallyport.Actor, g *gadget, name string, at time.Time) {
	d := &deed{}
	g.Name = name
	d.row(func(ctx context.Context, tx *store.Tx) error { return tx.RenameDevice(ctx, w.tenantID, g.ID, name) })
	d.tell(actor, audit.DeviceRenamed, g.of, g.ID, at, "name", name)
	w.finish(d, at)
}

// choosePrimary makes the device of a session the one its owner uses most.
func (w *world) choosePrimary(s *opened, at time.Time) {
	g := s.on
	if g.Primary || policy.Trust(w.policy, g.Device, at) == sallyport.TrustNone {
		return
	}
	w.stepUp(s, policy.ManageDevices, at)
	for _, other := range g.of.gadgets {
		other.Primary = other == g
	}
	d := &deed{}
	d.row(func(ctx context.Context, tx *store.Tx) error {
		return tx.SetPrimaryDevice(ctx, w.tenantID, g.UserID, g.ID)
	})
	d.tell(w.in(s), audit.DevicePrimary, g.of, g.ID, at)
	w.finish(d, at)
}

// tend is what the job does of idle devices: it tells their owners, and removes
// them a week later.
func (w *world) tend(at time.Time) {
	const notice = 7 * day
	system := sallyport.System(w.tenantID)
	for _, p := range w.people {
		for _, g := range p.gadgets {
			idle := at.Sub(g.used)
			if g.Status != sallyport.DeviceActive || g.TrustLevel == sallyport.TrustNone || idle < w.policy.DeviceAutoRevoke-notice {
				continue
			}
			switch {
			case g.announced.IsZero():
				g.announced = at
				until := g.used.Add(w.policy.DeviceAutoRevoke)
				if earliest := at.Add(notice); until.Before(earliest) {
					until = earliest
				}
				d := &deed{}
				d.row(func(ctx context.Context, tx *store.Tx) error { return tx.AnnounceDevice(ctx, w.tenantID, g.ID, at) })
				d.tell(system, audit.DeviceRevocationTold, p, g.ID, at, "until", until.Format(time.RFC3339))
				w.finish(d, at)
			case idle >= w.policy.DeviceAutoRevoke && at.Sub(g.announced) >= notice:
				w.revoke(system, g, device.ReasonIdle, at)
			}
		}
	}
}

// print is what a browser says of its machine. Native clients say nothing.
func (w *world) print(p *person, m *machine) sallyport.Fingerprint {
	if m.native || m.info.Bot || m.info.OS == "" {
		return sallyport.Fingerprint{}
	}
	home := speaks[p.site.office[0].country]
	f := sallyport.Fingerprint{UserAgent: m.userAgent, Timezone: home.zone, Language: home.language, HardwareConcurrency: choose(w, []int{4, 8, 8, 12, 16})}
	switch m.info.OS {
	case "Windows":
		f.Platform = "Win32"
	case "macOS", "iPadOS": // iPads say that they are Macs
		f.Platform, f.HardwareConcurrency = "MacIntel", 8
	case "iOS":
		f.Platform, f.HardwareConcurrency = "iPhone", 4
	default:
		f.Platform = "Linux x86_64"
	}
	switch m.info.Type {
	case sallyport.DeviceMobile:
		f.ScreenResolution, f.TouchSupport = choose(w, []string{"390x844", "393x852", "412x915"}), true
	case sallyport.DeviceTablet:
		f.ScreenResolution, f.TouchSupport = choose(w, []string{"820x1180", "1024x1366"}), true
	default:
		f.ScreenResolution = choose(w, []string{"1920x1080", "2560x1440", "1512x982", "3840x2160"})
	}
	if m.info.Browser == "Chrome" || m.info.Browser == "Edge" {
		f.DeviceMemory = 8
	}
	return f
}

// speaks is how browsers of each office are set up.
var speaks = map[string]struct{ zone, language string }{
	"NL": {"Europe/Amsterdam", "nl-NL"}, "GB": {"Europe/London", "en-GB"}, "DE": {"Europe/Berlin", "de-DE"},
	"US": {"America/New_York", "en-US"}, "CA": {"America/Toronto", "fr-CA"}, "BR": {"America/Sao_Paulo", "pt-BR"},
	"IN": {"Asia/Kolkata", "en-IN"}, "JP": {"Asia/Tokyo", "ja-JP"}, "IL": {"Asia/Jerusalem", "he-IL"},
	"EG": {"Africa/Cairo", "ar-EG"}, "NG": {"Africa/Lagos", "en-NG"}, "PL": {"Europe/Istanbul", "tr-TR"},
}
