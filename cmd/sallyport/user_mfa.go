package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/uses"
)

type userResetMFACommand struct {
	personFlags
	Reason  string `required:"" help:"Why, for the audit log."`
	Checked string `required:"" enum:"in_person,video,known_phone,other" help:"How you know that it is them who asks: in_person, video, known_phone or other."`
}

func (c userResetMFACommand) Run(ctx context.Context) error {
	return c.onUser(ctx, func(all uses.All, actor sallyport.Actor, u sallyport.User) error {
		done, err := all.Factors.ResetOf(ctx, actor, u.ID, mfa.Grounds{Reason: c.Reason, Checked: c.Checked})
		if err != nil {
			return err
		}
		said := fmt.Sprintf("Removed %d second factors of %s. The mail that tells them leaves while serve runs.", done.Methods, u.Email)
		if done.Code != "" {
			said += fmt.Sprintf("\nHand this code over to them and nobody else: the next sign-in asks for it beside the password, once, until %s.\n%s", done.Until.Format(time.DateTime), done.Code)
		}
		return c.print(struct {
			Email   string    `json:"email"`
			Methods int       `json:"revokedFactors"`
			Code    string    `json:"code,omitempty"`
			Until   time.Time `json:"expiresAt,omitzero"`
		}{u.Email, done.Methods, done.Code, done.Until.UTC()}, "%s", said)
	})
}

type userBackupCodesCommand struct{ personFlags }

func (c userBackupCodesCommand) Run(ctx context.Context) error {
	return c.onUser(ctx, func(all uses.All, actor sallyport.Actor, u sallyport.User) error {
		codes, err := all.Factors.NewBackupCodesOf(ctx, actor, u.ID)
		if sallyport.CodeOf(err) == sallyport.CodeConflict {
			return fmt.Errorf("%s has no second factor, or policy allows no backup codes", u.Email)
		}
		if err != nil {
			return err
		}
		return c.print(struct {
			Email string   `json:"email"`
			Codes []string `json:"backupCodes"`
		}{u.Email, codes}, "Backup codes of %s, in the place of the former ones. Nothing shows them again:\n%s", u.Email, strings.Join(codes, "\n"))
	})
}

type userRequireMFACommand struct {
	personFlags
	Off bool `help:"Demand it no longer. Policy still can."`
}

func (c userRequireMFACommand) Run(ctx context.Context) error {
	return c.onUser(ctx, func(all uses.All, actor sallyport.Actor, u sallyport.User) error {
		if err := all.Factors.Require(ctx, actor, u.ID, !c.Off); err != nil {
			return err
		}
		said := "%s needs a second factor from the next sign-in on."
		if c.Off {
			said = "%s needs no second factor, unless policy demands one."
		}
		return c.after(ctx, all, u, said, u.Email)
	})
}

// factorsOfAll returns, by user, the methods of second factors that count.
func factorsOfAll(ctx context.Context, factors *mfa.Service, actor sallyport.Actor) (map[string][]string, error) {
	out := map[string][]string{}
	for f, err := range list.All(list.Factors.First(), func(q list.Query) (list.Page[sallyport.Factor], error) {
		return factors.List(ctx, actor, q)
	}) {
		if err != nil {
			return nil, err
		}
		if f.Status == sallyport.FactorActive && sallyport.SecondFactor(f.Method) {
			out[f.UserID] = append(out[f.UserID], f.Method)
		}
	}
	return out, nil
}
