package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/uses"
)

type deviceCommands struct {
	List    deviceListCommand    `cmd:"" help:"List devices."`
	Show    deviceShowCommand    `cmd:"" help:"Show one device, with the sessions on it."`
	Trust   deviceTrustCommand   `cmd:"" help:"Trust a device as far as can be: level 3."`
	Level   deviceLevelCommand   `cmd:"" help:"Set how far a device is trusted."`
	Suspend deviceSuspendCommand `cmd:"" help:"Block a device for now: its sessions end, and nobody can sign in on it."`
	Resume  deviceResumeCommand  `cmd:"" help:"Let a suspended device be used again."`
	Revoke  deviceRevokeCommand  `cmd:"" help:"Remove a device for good: its sessions end."`
	Flag    deviceFlagCommand    `cmd:"" help:"Mark a device as compromised: its sessions end, it is blocked, and its owner and the admins are told."`
	Clear   deviceClearCommand   `cmd:"" help:"Take the mark of compromise from a device."`
}

// deviceJSON is a device as JSON, with the names of the API.
type deviceJSON struct {
	ID                string                 `json:"id"`
	UserID            string                 `json:"userId"`
	Email             string                 `json:"email"`
	Name              string                 `json:"name"`
	DeviceInfo        sallyport.DeviceInfo   `json:"deviceInfo"`
	Fingerprint       sallyport.Fingerprint  `json:"fingerprint"`
	TrustLevel        sallyport.TrustLevel   `json:"trustLevel"`
	TrustReason       string                 `json:"trustReason,omitempty"`
	VerifiedAt        time.Time              `json:"verifiedAt,omitzero"`
	Status            sallyport.DeviceStatus `json:"status"`
	EndedAt           time.Time              `json:"endedAt,omitzero"`
	EndedReason       string                 `json:"endedReason,omitempty"`
	IsPrimary         bool                   `json:"isPrimary"`
	Compromised       bool                   `json:"compromised"`
	CompromisedAt     time.Time              `json:"compromisedAt,omitzero"`
	CompromisedReason string                 `json:"compromisedReason,omitempty"`
	CompromisedBy     string                 `json:"compromisedBy,omitempty"`
	LastUsedAt        time.Time              `json:"lastUsedAt,omitzero"`
	LastLocation      sallyport.Location     `json:"lastLocation"`
	LastIPAddress     string                 `json:"lastIpAddress,omitempty"`
	CreatedAt         time.Time              `json:"createdAt"`
	SessionIDs        []string               `json:"sessionIds,omitempty"`
}

func showDevice(d device.Device, owner sallyport.User) deviceJSON {
	out := deviceJSON{
		ID: d.ID, UserID: d.UserID, Email: owner.Email, Name: d.Name, DeviceInfo: d.Info, Fingerprint: d.Fingerprint,
		TrustLevel: d.Trust, TrustReason: d.TrustReason, VerifiedAt: d.VerifiedAt.UTC(),
		Status: d.Status, EndedAt: d.EndedAt.UTC(), EndedReason: d.EndedReason, IsPrimary: d.Primary,
		Compromised: d.Compromised(), CompromisedAt: d.CompromisedAt.UTC(), CompromisedReason: d.CompromisedReason, CompromisedBy: d.CompromisedBy,
		LastUsedAt: d.LastUsedAt.UTC(), LastLocation: d.LastLocation, LastIPAddress: d.LastIP, CreatedAt: d.CreatedAt.UTC(),
	}
	for _, s := range d.Sessions {
		out.SessionIDs = append(out.SessionIDs, s.ID)
	}
	return out
}

// deviceState is the state of a device in a word.
func deviceState(d device.Device) string {
	if d.Compromised() && d.Status != sallyport.DeviceRevoked {
		return "compromised"
	}
	return string(d.Status)
}

// deviceName is what a device is called: as its owner calls it, or what it is.
func deviceName(d device.Device) string {
	switch i := d.Info; {
	case d.Name != "":
		return d.Name
	case i.Browser != "" && i.OS != "":
		return i.Browser + " on " + i.OS
	default:
		return i.Browser + i.OS
	}
}

type deviceListCommand struct {
	peopleFlags
	whoseFlags
	Status       []string `help:"Only with one of these statuses: active, suspended, revoked."`
	Trust        []string `help:"Only with one of these levels: 0, 1, 2, 3."`
	Compromised  string   `enum:",yes,no" default:"" help:"Only those that are marked as compromised (yes), or are not (no)."`
	IP           string   `name:"ip" help:"Only those last used from this address or range, such as 192.0.2.0/24."`
	UsedSince    string   `help:"Only those used on this day or later: 2026-11-30."`
	NotUsedSince string   `help:"Only those not used after this day: 2026-11-30."`
	Sort         string   `help:"used: last used first; oldest: oldest first."`
}

func (c deviceListCommand) Run(ctx context.Context) error {
	return c.run(ctx, func(all uses.All, actor sallyport.Actor) error {
		query, err := c.query(ctx, all, actor)
		if err != nil {
			return err
		}
		owners := map[string]sallyport.User{}
		return table[device.Device]{
			head: "ID\tOWNER\tDEVICE\tTRUST\tSTATUS\tLAST USED\tIP",
			line: func(d device.Device) []string {
				return []string{d.ID, owners[d.UserID].Email, deviceName(d), strconv.Itoa(int(d.Trust)), deviceState(d), d.LastUsedAt.Format(time.DateTime), d.LastIP}
			},
			json: func(d device.Device) any { return showDevice(d, owners[d.UserID]) },
		}.print(c.printing, list.All(query, func(q list.Query) (list.Page[device.Device], error) {
			page, err := all.Devices.List(ctx, actor, q)
			if err != nil {
				return page, err
			}
			var ids []string
			for _, d := range page.Rows {
				ids = append(ids, d.UserID)
			}
			owners, err = all.Accounts.Names(ctx, actor, ids)
			return page, err
		}))
	})
}

// query returns what the flags ask for.
func (c deviceListCommand) query(ctx context.Context, all uses.All, actor sallyport.Actor) (list.Query, error) {
	asked := url.Values{"status": c.Status, "trustLevel": c.Trust}
	for name, value := range map[string]string{"compromised": c.Compromised, "ip": c.IP, "lastUsedFrom": c.UsedSince, "lastUsedTo": c.NotUsedSince, "sort": c.Sort} {
		if value != "" {
			asked.Set(name, value)
		}
	}
	if err := c.narrow(ctx, all, actor, asked); err != nil {
		return list.Query{}, err
	}
	q, err := list.Devices.Parse(asked)
	if err != nil {
		return q, fmt.Errorf("no such filter: %w", err)
	}
	return q, nil
}

// deviceFlags are those of commands on one device.
type deviceFlags struct {
	peopleFlags
	ID string `arg:"" help:"Id of the device, as device list shows it."`
}

// act does something to the device, and prints what became of it.
func (f deviceFlags) act(ctx context.Context, done string, do func(s *device.Service, actor sallyport.Actor) error) error {
	return f.run(ctx, func(all uses.All, actor sallyport.Actor) error {
		if err := do(all.Devices, actor); err != nil {
			return f.missing(err)
		}
		d, owner, err := f.find(ctx, all, actor)
		if err != nil {
			return err
		}
		return f.print(showDevice(d, owner), "%s %s of %s.", done, deviceName(d), owner.Email)
	})
}

// find returns the device and whose it is.
func (f deviceFlags) find(ctx context.Context, all uses.All, actor sallyport.Actor) (device.Device, sallyport.User, error) {
	d, err := all.Devices.Get(ctx, actor, f.ID)
	if err != nil {
		return d, sallyport.User{}, f.missing(err)
	}
	owners, err := all.Accounts.Names(ctx, actor, []string{d.UserID})
	return d, owners[d.UserID], err
}

// missing says that there is no such device where that is what err means.
func (f deviceFlags) missing(err error) error {
	if errors.Is(err, sallyport.ErrNotFound) {
		return fmt.Errorf("there is no device %q", f.ID)
	}
	return err
}

type deviceShowCommand struct{ deviceFlags }

func (c deviceShowCommand) Run(ctx context.Context) error {
	return c.run(ctx, func(all uses.All, actor sallyport.Actor) error {
		d, owner, err := c.find(ctx, all, actor)
		if err != nil {
			return err
		}
		said := fmt.Sprintf("%s\nowner: %s\nname: %s\ntrust: %d\nstatus: %s\nlast used: %s from %s\nsessions: %d",
			d.ID, owner.Email, deviceName(d), d.Trust, deviceState(d), d.LastUsedAt.Format(time.DateTime), d.LastIP, len(d.Sessions))
		if d.Compromised() {
			said += fmt.Sprintf("\ncompromised: %s by %s: %s", d.CompromisedAt.Format(time.DateTime), d.CompromisedBy, d.CompromisedReason)
		}
		return c.print(showDevice(d, owner), "%s", said)
	})
}

type deviceTrustCommand struct{ deviceFlags }

func (c deviceTrustCommand) Run(ctx context.Context) error {
	return c.act(ctx, "Trusted", func(s *device.Service, actor sallyport.Actor) error {
		return s.SetLevel(ctx, actor, c.ID, sallyport.TrustHigh)
	})
}

type deviceLevelCommand struct {
	deviceFlags
	Level int `arg:"" help:"1 low, 2 medium, 3 high."`
}

func (c deviceLevelCommand) Run(ctx context.Context) error {
	return c.act(ctx, fmt.Sprintf("Set level %d for", c.Level), func(s *device.Service, actor sallyport.Actor) error {
		return s.SetLevel(ctx, actor, c.ID, sallyport.TrustLevel(c.Level))
	})
}

type deviceSuspendCommand struct{ deviceFlags }

func (c deviceSuspendCommand) Run(ctx context.Context) error {
	return c.act(ctx, "Suspended", func(s *device.Service, actor sallyport.Actor) error { return s.Suspend(ctx, actor, c.ID) })
}

type deviceResumeCommand struct{ deviceFlags }

func (c deviceResumeCommand) Run(ctx context.Context) error {
	return c.act(ctx, "Resumed", func(s *device.Service, actor sallyport.Actor) error { return s.Resume(ctx, actor, c.ID) })
}

type deviceRevokeCommand struct{ deviceFlags }

func (c deviceRevokeCommand) Run(ctx context.Context) error {
	return c.act(ctx, "Removed", func(s *device.Service, actor sallyport.Actor) error { return s.RevokeOf(ctx, actor, c.ID) })
}

type deviceFlagCommand struct {
	deviceFlags
	Reason string `required:"" help:"Why. Its owner and the admins read it."`
}

func (c deviceFlagCommand) Run(ctx context.Context) error {
	return c.act(ctx, "Marked as compromised:", func(s *device.Service, actor sallyport.Actor) error { return s.Flag(ctx, actor, c.ID, c.Reason) })
}

type deviceClearCommand struct{ deviceFlags }

func (c deviceClearCommand) Run(ctx context.Context) error {
	return c.act(ctx, "Cleared", func(s *device.Service, actor sallyport.Actor) error { return s.Clear(ctx, actor, c.ID) })
}
