package main

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/uses"
)

type attemptCommands struct {
	List attemptListCommand `cmd:"" help:"List who tried to sign in, the newest first."`
}

// attemptJSON is an attempt as JSON, with the names of the API.
type attemptJSON struct {
	ID            string               `json:"id"`
	UserID        string               `json:"userId,omitempty"`
	Email         string               `json:"email"`
	IPAddress     string               `json:"ipAddress"`
	UserAgent     string               `json:"userAgent"`
	DeviceInfo    sallyport.DeviceInfo `json:"deviceInfo"`
	Location      sallyport.Location   `json:"location"`
	Successful    bool                 `json:"successful"`
	FailureReason sallyport.Code       `json:"failureReason,omitempty"`
	MFARequired   bool                 `json:"mfaRequired"`
	MFAVerified   bool                 `json:"mfaVerified"`
	DeviceID      string               `json:"deviceId,omitempty"`
	SessionID     string               `json:"sessionId,omitempty"`
	CreatedAt     time.Time            `json:"createdAt"`
}

func showAttempt(a sallyport.Attempt) any {
	return attemptJSON{
		ID: a.ID, UserID: a.UserID, Email: a.Email, IPAddress: a.IPAddress, UserAgent: a.UserAgent, DeviceInfo: a.DeviceInfo, Location: a.Location,
		Successful: a.Successful, FailureReason: a.FailureReason, MFARequired: a.MFARequired, MFAVerified: a.MFAVerified,
		DeviceID: a.DeviceID, SessionID: a.SessionID, CreatedAt: a.CreatedAt.UTC(),
	}
}

type attemptListCommand struct {
	peopleFlags
	whoseFlags
	Outcome []string `help:"Only with one of these outcomes: success, or a reason such as invalid_credentials."`
	Email   string   `help:"Only for this e-mail address, whoever has it."`
	IP      string   `name:"ip" help:"Only from this address, or range such as 192.0.2.0/24."`
	From    string   `help:"Only from this time on, or from this day on in UTC."`
	To      string   `help:"Only before this time, or up to the end of this day in UTC."`
	Oldest  bool     `help:"The oldest first."`
}

func (c attemptListCommand) Run(ctx context.Context) error {
	return c.run(ctx, func(all uses.All, actor sallyport.Actor) error {
		query, err := c.query(ctx, all, actor)
		if err != nil {
			return err
		}
		return table[sallyport.Attempt]{"TIME\tNAME\tOUTCOME\tADDRESS\tCOUNTRY\tBROWSER", func(a sallyport.Attempt) []string {
			return []string{
				a.CreatedAt.Format(time.DateTime), cmp.Or(a.Email, "-"), cmp.Or(string(a.FailureReason), "success"), cmp.Or(a.IPAddress, "-"),
				cmp.Or(a.Location.Country, "-"), cmp.Or(a.DeviceInfo.Browser, "-"),
			}
		}, showAttempt}.print(c.printing, list.All(query, func(q list.Query) (list.Page[sallyport.Attempt], error) {
			return all.Accounts.ListAttempts(ctx, actor, q)
		}))
	})
}

// query returns what the flags ask for.
func (c attemptListCommand) query(ctx context.Context, all uses.All, actor sallyport.Actor) (list.Query, error) {
	asked := url.Values{"outcome": c.Outcome, "email": {c.Email}, "ip": {c.IP}, "from": {c.From}, "to": {c.To}}
	if err := c.narrow(ctx, all, actor, asked); err != nil {
		return list.Query{}, err
	}
	if c.Oldest {
		asked.Set("sort", "oldest")
	}
	q, err := list.Attempts.Parse(asked)
	if err != nil {
		return q, fmt.Errorf("no such filter: %w", err)
	}
	return q, nil
}
