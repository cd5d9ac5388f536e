package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"strings"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/session"
	"github.com/sallyport/sallyport/internal/uses"
)

type sessionCommands struct {
	List      sessionListCommand      `cmd:"" help:"List sessions, the newest first."`
	Show      sessionShowCommand      `cmd:"" help:"Show one session."`
	Terminate sessionTerminateCommand `cmd:"" help:"End a session."`
	Suspend   sessionSuspendCommand   `cmd:"" help:"Pause a session: it opens nothing until it is resumed."`
	Resume    sessionResumeCommand    `cmd:"" help:"Let a paused session go on."`
	Revoke    sessionRevokeCommand    `cmd:"" help:"End a session for security."`
	Extend    sessionExtendCommand    `cmd:"" help:"Let a session go on from now for as long as policy lets a new one."`
}

// sessionFlags are those of all commands on sessions.
type sessionFlags struct {
	tenantFlags
	printing
}

func (f sessionFlags) run(ctx context.Context, do func(uses.All, sallyport.Actor) error) error {
	return f.withUses(ctx, func(all uses.All, actor sallyport.Actor) error {
		err := do(all, actor)
		if errors.Is(err, sallyport.ErrNotFound) {
			return errors.New("there is no such session")
		}
		return explain(err)
	})
}

type sessionListCommand struct {
	sessionFlags
	whoseFlags
	Status     []string `help:"Only with one of these statuses: active, suspended, terminated, revoked, expired."`
	DeviceType []string `help:"Only on one of these types of device: desktop, mobile, tablet, unknown."`
	Device     string   `placeholder:"ID" help:"Only those on this device."`
	IP         string   `name:"ip" placeholder:"ADDRESS" help:"Only from this address, or this range such as 192.0.2.0/24."`
	From       string   `placeholder:"TIME" help:"Only those that started at this time or later: a day such as 2026-01-31, or a time such as 2026-01-31T08:30:00Z."`
	To         string   `placeholder:"TIME" help:"Only those that started before this time, or up to the end of this day."`
	Sort       string   `default:"newest" enum:"newest,used" help:"newest, or used for the last used first."`
	Limit      int      `default:"100" help:"Most sessions to print; 0 for all."`
}

func (c sessionListCommand) Run(ctx context.Context) error {
	return c.run(ctx, func(all uses.All, actor sallyport.Actor) error {
		query, err := c.query(ctx, all, actor)
		if err != nil {
			return err
		}
		people := emails{all: all, known: map[string]string{}}
		t := table[sallyport.Session]{
			head: "ID\tUSER\tSTATUS\tDEVICE\tIP ADDRESS\tPLACE\tSTARTED\tLAST ACTIVITY",
			line: func(s sallyport.Session) []string {
				return []string{
					s.ID, people.of(ctx, s), string(s.Status), deviceOf(s), s.IPAddress, placeOf(s), s.CreatedAt.Format(time.DateTime), s.LastActivityAt.Format(time.DateTime),
				}
			},
			json: func(s sallyport.Session) any { return showSession(s, people.of(ctx, s)) },
		}
		rows := list.All(query, func(q list.Query) (list.Page[sallyport.Session], error) { return all.Sessions.List(ctx, actor, q) })
		return t.print(c.printing, first(rows, c.Limit))
	})
}

// query returns what the flags ask for.
func (c sessionListCommand) query(ctx context.Context, all uses.All, actor sallyport.Actor) (list.Query, error) {
	asked := url.Values{"status": c.Status, "deviceType": c.DeviceType}
	if err := c.narrow(ctx, all, actor, asked); err != nil {
		return list.Query{}, err
	}
	for name, value := range map[string]string{"deviceId": c.Device, "ip": c.IP, "from": c.From, "to": c.To, "sort": c.Sort} {
		asked.Set(name, value)
	}
	q, err := list.Sessions.Parse(asked)
	if err != nil {
		return q, fmt.Errorf("no such filter: %w", err)
	}
	return q, nil
}

// first yields up to n rows; all for 0.
func first[T any](rows iter.Seq2[T, error], n int) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		left := n
		for row, err := range rows {
			if !yield(row, err) {
				return
			}
			if left--; left == 0 {
				return
			}
		}
	}
}

// emails are the addresses of users by id, each read once.
type emails struct {
	all   uses.All
	known map[string]string
}

// of returns the address of a session's user, or their id when they are gone.
func (e emails) of(ctx context.Context, s sallyport.Session) string {
	if _, ok := e.known[s.UserID]; !ok {
		u, err := e.all.Acts.User(ctx, s.TenantID, s.UserID)
		if err != nil {
			u.Email = s.UserID
		}
		e.known[s.UserID] = u.Email
	}
	return e.known[s.UserID]
}

func deviceOf(s sallyport.Session) string {
	d := s.DeviceInfo
	return strings.Join(strings.Fields(d.Browser+" "+cmp.Or(d.Model, d.OS)+" ("+string(d.Type)+")"), " ")
}

func placeOf(s sallyport.Session) string {
	return strings.Trim(s.Location.City+", "+s.Location.Country, ", ")
}

// sessionJSON is a session as JSON, with the names of the API.
type sessionJSON struct {
	ID                string                  `json:"id"`
	UserID            string                  `json:"userId"`
	Email             string                  `json:"email"`
	Status            sallyport.SessionStatus `json:"status"`
	DeviceID          string                  `json:"deviceId,omitempty"`
	DeviceInfo        sallyport.DeviceInfo    `json:"deviceInfo"`
	IPAddress         string                  `json:"ipAddress"`
	Location          sallyport.Location      `json:"location"`
	CreatedAt         time.Time               `json:"createdAt"`
	ExpiresAt         time.Time               `json:"expiresAt"`
	LastActivityAt    time.Time               `json:"lastActivityAt"`
	MFAVerified       bool                    `json:"mfaVerified"`
	TerminatedAt      time.Time               `json:"terminatedAt,omitzero"`
	TerminatedBy      string                  `json:"terminatedBy,omitempty"`
	TerminationReason string                  `json:"terminationReason,omitempty"`
}

func showSession(s sallyport.Session, email string) sessionJSON {
	return sessionJSON{
		ID: s.ID, UserID: s.UserID, Email: email, Status: s.Status, DeviceID: s.DeviceID, DeviceInfo: s.DeviceInfo, IPAddress: s.IPAddress, Location: s.Location,
		CreatedAt: s.CreatedAt.UTC(), ExpiresAt: s.ExpiresAt.UTC(), LastActivityAt: s.LastActivityAt.UTC(), MFAVerified: s.MFAVerified(),
		TerminatedAt: s.TerminatedAt.UTC(), TerminatedBy: s.TerminatedBy, TerminationReason: s.TerminationReason,
	}
}

// oneSession are the flags of commands on one session.
type oneSession struct {
	sessionFlags
	ID string `arg:"" name:"id" help:"Id of the session, as session list prints it."`
}

// print prints a session as it is now: as JSON, or the sentence with the address of its user.
func (c oneSession) print(ctx context.Context, all uses.All, actor sallyport.Actor, sentence func(s sallyport.Session, email string) string) error {
	s, err := all.Sessions.Get(ctx, actor, c.ID)
	if err != nil {
		return err
	}
	email := emails{all, map[string]string{}}.of(ctx, s)
	return c.printing.print(showSession(s, email), "%s", sentence(s, email))
}

// act does an action, and says what became of the session.
func (c oneSession) act(ctx context.Context, what session.Action, says string) error {
	return c.run(ctx, func(all uses.All, actor sallyport.Actor) error {
		if err := all.Sessions.Do(ctx, actor, what, c.ID); err != nil {
			return err
		}
		return c.print(ctx, all, actor, func(s sallyport.Session, email string) string {
			return fmt.Sprintf("%s: the session of %s is %s%s.", c.ID, email, s.Status, strings.ReplaceAll(says, "END", s.ExpiresAt.Format(time.DateTime)))
		})
	})
}

type sessionShowCommand struct{ oneSession }

func (c sessionShowCommand) Run(ctx context.Context) error {
	return c.run(ctx, func(all uses.All, actor sallyport.Actor) error {
		return c.print(ctx, all, actor, func(s sallyport.Session, email string) string {
			said := fmt.Sprintf("%s\nuser: %s\nstatus: %s\ndevice: %s\nIP address: %s\nplace: %s\nstarted: %s\nlast activity: %s\nends: %s",
				s.ID, email, s.Status, deviceOf(s), s.IPAddress, cmp.Or(placeOf(s), "unknown"), s.CreatedAt.Format(time.DateTime),
				s.LastActivityAt.Format(time.DateTime), s.EndsAt().Format(time.DateTime))
			if !s.TerminatedAt.IsZero() {
				said += fmt.Sprintf("\nended: %s by %s: %s", s.TerminatedAt.Format(time.DateTime), s.TerminatedBy, strings.ReplaceAll(s.TerminationReason, "_", " "))
			}
			return said
		})
	})
}

type sessionTerminateCommand struct{ oneSession }

func (c sessionTerminateCommand) Run(ctx context.Context) error {
	return c.act(ctx, session.Terminate, "")
}

type sessionSuspendCommand struct{ oneSession }

func (c sessionSuspendCommand) Run(ctx context.Context) error {
	return c.act(ctx, session.Suspend, "")
}

type sessionResumeCommand struct{ oneSession }

func (c sessionResumeCommand) Run(ctx context.Context) error { return c.act(ctx, session.Resume, "") }

type sessionRevokeCommand struct{ oneSession }

func (c sessionRevokeCommand) Run(ctx context.Context) error { return c.act(ctx, session.Revoke, "") }

type sessionExtendCommand struct{ oneSession }

func (c sessionExtendCommand) Run(ctx context.Context) error {
	return c.act(ctx, session.Extend, ", until END at the latest")
}
