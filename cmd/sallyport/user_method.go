package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/uses"
)

type userExemptMFACommand struct {
	personFlags
	Days   int    `default:"7" help:"For how many days from now on, 366 at most."`
	Reason string `help:"Why. Administrators see it."`
	Off    bool   `help:"Take an exemption back."`
}

func (c userExemptMFACommand) Run(ctx context.Context) error {
	return c.onUser(ctx, func(all uses.All, actor sallyport.Actor, u sallyport.User) error {
		until := time.Now().UTC().Truncate(time.Second).AddDate(0, 0, c.Days)
		if c.Off {
			until = time.Time{}
		}
		if err := all.Factors.Exempt(ctx, actor, u.ID, until, c.Reason); err != nil {
			return err
		}
		if c.Off {
			return c.after(ctx, all, u, "%s is exempt no longer.", u.Email)
		}
		return c.after(ctx, all, u, "%s needs no second factor until %s.", u.Email, until.Format(time.RFC3339))
	})
}

// methodFlags name one second factor of a user.
type methodFlags struct {
	personFlags
	Factor string `arg:"" help:"Id of the second factor; or its method, such as totp, when the user has one of it."`
}

// on runs do with the id of the factor, and prints what was done.
func (f methodFlags) on(ctx context.Context, done string, do func(s *mfa.Service, actor sallyport.Actor, userID, id string) error) error {
	return f.onUser(ctx, func(all uses.All, actor sallyport.Actor, u sallyport.User) error {
		id, err := f.find(ctx, all.Factors, actor, u)
		if err != nil {
			return err
		}
		if err := do(all.Factors, actor, u.ID, id); err != nil {
			return err
		}
		return f.after(ctx, all, u, "%s a second factor of %s. The mail that tells them leaves while serve runs.", done, u.Email)
	})
}

// find returns the id of the factor that the command names.
func (f methodFlags) find(ctx context.Context, factors *mfa.Service, actor sallyport.Actor, u sallyport.User) (string, error) {
	has, err := factors.Of(ctx, actor, u.ID)
	if err != nil {
		return "", err
	}
	var ids []string
	for _, one := range has.Current {
		switch f.Factor {
		case one.ID:
			return one.ID, nil
		case one.Method:
			ids = append(ids, one.ID)
		}
	}
	switch len(ids) {
	case 0:
		return "", fmt.Errorf("%s has no such second factor", u.Email)
	case 1:
		return ids[0], nil
	}
	return "", fmt.Errorf("%s has several: name one of %s", u.Email, strings.Join(ids, ", "))
}

type userSuspendMFACommand struct{ methodFlags }

func (c userSuspendMFACommand) Run(ctx context.Context) error {
	return c.on(ctx, "Suspended", func(s *mfa.Service, actor sallyport.Actor, userID, id string) error {
		return s.SuspendOf(ctx, actor, userID, id)
	})
}

type userResumeMFACommand struct{ methodFlags }

func (c userResumeMFACommand) Run(ctx context.Context) error {
	return c.on(ctx, "Resumed", func(s *mfa.Service, actor sallyport.Actor, userID, id string) error {
		return s.ResumeOf(ctx, actor, userID, id)
	})
}

type userRevokeMFACommand struct{ methodFlags }

func (c userRevokeMFACommand) Run(ctx context.Context) error {
	return c.on(ctx, "Removed", func(s *mfa.Service, actor sallyport.Actor, userID, id string) error {
		_, err := s.RevokeOf(ctx, actor, userID, id)
		return err
	})
}
