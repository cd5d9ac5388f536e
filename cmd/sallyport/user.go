package main

import (
	"bufio"
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/uses"
)

type userCommands struct {
	Add      userAddCommand      `cmd:"" help:"Add a user, and print a link by which they choose their password, once."`
	Invite   userInviteCommand   `cmd:"" help:"Add a user and mail them a link to choose a password."`
	List     userListCommand     `cmd:"" help:"List users."`
	Show     userShowCommand     `cmd:"" help:"Show one user."`
	Role     userRoleCommand     `cmd:"" help:"Give a user another role."`
	Disable  userDisableCommand  `cmd:"" help:"End a user's access: sessions end at once, sign-in is refused."`
	Enable   userEnableCommand   `cmd:"" help:"Let a disabled user sign in again, or open an account that was closed because it was in danger."`
	Lockdown userLockdownCommand `cmd:"" help:"Close an account that is in danger: everything it holds ends, and only its owner with an older proof, an admin or release opens it."`
	Release  userReleaseCommand  `cmd:"" help:"Open an account that was closed because it was in danger. Its owner gets a link for a new password by mail."`
	Unlock   userUnlockCommand   `cmd:"" help:"Lift a lock after failed attempts before its time."`

	ResetLink   userResetLinkCommand   `cmd:"" name:"reset-link" help:"Print a link for a new password, once, to hand over to its user."`
	ResetMFA    userResetMFACommand    `cmd:"" name:"reset-mfa" help:"Remove every second factor of a user who lost them."`
	BackupCodes userBackupCodesCommand `cmd:"" name:"backup-codes" help:"Make new backup codes for a user in the place of the former ones, and print them."`
	RequireMFA  userRequireMFACommand  `cmd:"" name:"require-mfa" help:"Demand a second factor of a user, or no longer."`
	ExemptMFA   userExemptMFACommand   `cmd:"" name:"exempt-mfa" help:"Exempt a user for some days from the second factor that policy demands, or no longer."`
	SuspendMFA  userSuspendMFACommand  `cmd:"" name:"suspend-mfa" help:"Let one second factor of a user count no more for now."`
	ResumeMFA   userResumeMFACommand   `cmd:"" name:"resume-mfa" help:"Let a suspended second factor of a user count again."`
	RevokeMFA   userRevokeMFACommand   `cmd:"" name:"revoke-mfa" help:"Remove one second factor of a user."`
}

type userAddCommand struct {
	peopleFlags
	Email         string `arg:"" help:"E-mail address: what the user signs in with."`
	FirstName     string `help:"First name."`
	LastName      string `help:"Last name."`
	Role          string `default:"member" help:"owner, admin, member, or a role of the organisation."`
	PrintPassword bool   `xor:"password" help:"Print a password instead of a link to choose one. It has to be changed at the first sign-in, within a day."`
	PasswordStdin bool   `xor:"password" help:"Read such a password from standard input."`
}

// password returns the password of a new user, and whether it was made; "" where they choose it.
func (c userAddCommand) password() (password string, made bool, err error) {
	switch {
	case c.PrintPassword:
		// 130 random bits; the fixed ends satisfy the composition rules.
		return "S" + strings.ToLower(rand.Text()) + "-7", true, nil
	case !c.PasswordStdin:
		return "", false, nil
	}
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if password = strings.TrimRight(line, "\r\n"); password == "" {
		return "", false, errors.Join(errors.New("no password on standard input"), err)
	}
	return password, false, nil
}

// addedJSON is a user who was added, with what is handed over to them.
type addedJSON struct {
	userJSON
	Link      string    `json:"link,omitempty"`
	Password  string    `json:"password,omitempty"`
	ExpiresAt time.Time `json:"expiresAt"` // of the link or the password
}

func (c userAddCommand) Run(ctx context.Context) error {
	given, made, err := c.password()
	if err != nil {
		return err
	}
	return c.run(ctx, func(all uses.All, actor sallyport.Actor) error {
		r, err := roleOf(ctx, all, actor, c.Role)
		if err != nil {
			return err
		}
		n := account.NewUser{Email: c.Email, FirstName: c.FirstName, LastName: c.LastName, Role: sallyport.Role(r.ID), Password: given, Handed: given != ""}
		said := fmt.Sprintf("Added %s (%s).", c.Email, cmp.Or(r.Name, r.ID))
		if given == "" {
			u, l, err := all.Accounts.AddByLink(ctx, actor, n)
			if err != nil {
				return err
			}
			return c.print(addedJSON{userJSON: showUser(u), Link: l.Address, ExpiresAt: l.Until.UTC()},
				"%s\nHand this link over to them and nobody else: it sets their password, once, until %s.\n%s", said, l.Until.Format(time.DateTime), l.Address)
		}
		u, err := all.Accounts.Add(ctx, actor, n)
		if err != nil {
			return err
		}
		out := addedJSON{userJSON: showUser(u), ExpiresAt: u.CreatedAt.Add(sallyport.HandedPasswordLifetime).UTC()}
		said += "\nThe password has to be changed at the first sign-in, until " + out.ExpiresAt.Local().Format(time.DateTime) + "."
		if made {
			out.Password = given
			said += "\nPassword: " + given
		}
		return c.print(out, "%s", said)
	})
}

type userInviteCommand struct {
	peopleFlags
	Email     string `arg:"" help:"E-mail address: where the link goes, and what the user signs in with."`
	FirstName string `help:"First name."`
	LastName  string `help:"Last name."`
	Role      string `default:"member" help:"owner, admin, member, or a role of the organisation."`
}

func (c userInviteCommand) Run(ctx context.Context) error {
	return c.run(ctx, func(all uses.All, actor sallyport.Actor) error {
		r, err := roleOf(ctx, all, actor, c.Role)
		if err != nil {
			return err
		}
		t, err := all.Acts.Tenant(ctx, actor.TenantID)
		if err != nil {
			return err
		}
		u, err := all.Accounts.Invite(ctx, actor, account.NewUser{Email: c.Email, FirstName: c.FirstName, LastName: c.LastName, Role: sallyport.Role(r.ID)})
		if err != nil {
			return err
		}
		return c.print(showUser(u), "Invited %s (%s). The mail leaves while serve runs; its link begins with %s.", u.Email, cmp.Or(r.Name, r.ID), c.base().URL(t, "/"))
	})
}

type userShowCommand struct{ personFlags }

func (c userShowCommand) Run(ctx context.Context) error {
	return c.onUser(ctx, func(all uses.All, actor sallyport.Actor, u sallyport.User) error {
		p, err := all.Accounts.Person(ctx, actor, u.ID)
		if err != nil {
			return err
		}
		out := showPerson(p)
		said := fmt.Sprintf("%s\nname: %s\nrole: %s\nstatus: %s\nsecond factor: %s\ngroups: %s\nlast sign-in: %s",
			p.Email, p.Name(), cmp.Or(p.RoleName, string(p.Role)), p.Status, p.SecondFactor, cmp.Or(strings.Join(out.Groups, ", "), "none"), lastSignIn(p.User))
		for _, l := range p.Locks {
			said += fmt.Sprintf("\nlocked: %s until %s", l.Scope, l.Until.Format(time.DateTime))
		}
		return c.print(out, "%s", said)
	})
}

// lastSignIn returns when a user signed in last, as text.
func lastSignIn(u sallyport.User) string {
	if u.LastSignInAt.IsZero() {
		return "never"
	}
	return u.LastSignInAt.Format(time.DateTime)
}

type userRoleCommand struct {
	personFlags
	Role string `arg:"" help:"owner, admin, member, or a role of the organisation."`
}

func (c userRoleCommand) Run(ctx context.Context) error {
	return c.onUser(ctx, func(all uses.All, actor sallyport.Actor, u sallyport.User) error {
		r, err := roleOf(ctx, all, actor, c.Role)
		if err != nil {
			return err
		}
		sessions, err := all.Accounts.ChangeRole(ctx, actor, u.ID, sallyport.Role(r.ID))
		if err != nil {
			return err
		}
		return c.after(ctx, all, u, "The role of %s is %s; %d sessions ended.", u.Email, cmp.Or(r.Name, r.ID), sessions)
	})
}

type userDisableCommand struct{ personFlags }

func (c userDisableCommand) Run(ctx context.Context) error {
	return c.onUser(ctx, func(all uses.All, actor sallyport.Actor, u sallyport.User) error {
		sessions, err := all.Accounts.Disable(ctx, actor, u.ID)
		if err != nil {
			return err
		}
		return c.after(ctx, all, u, "Disabled %s; %d sessions ended.", u.Email, sessions)
	})
}

type userEnableCommand struct{ personFlags }

func (c userEnableCommand) Run(ctx context.Context) error {
	return c.onUser(ctx, func(all uses.All, actor sallyport.Actor, u sallyport.User) error {
		if err := all.Accounts.Enable(ctx, actor, u.ID); err != nil {
			return err
		}
		return c.after(ctx, all, u, "Enabled %s.", u.Email)
	})
}

type userLockdownCommand struct{ personFlags }

func (c userLockdownCommand) Run(ctx context.Context) error {
	return c.onUser(ctx, func(all uses.All, actor sallyport.Actor, u sallyport.User) error {
		done, err := all.Accounts.LockdownOf(ctx, actor, u.ID, "")
		if err != nil {
			return err
		}
		return c.after(ctx, all, u, "Closed the account of %s; %d sessions ended.", u.Email, done.Sessions)
	})
}

type userReleaseCommand struct{ personFlags }

func (c userReleaseCommand) Run(ctx context.Context) error {
	return c.onUser(ctx, func(all uses.All, actor sallyport.Actor, u sallyport.User) error {
		if u.Status != sallyport.UserClosed {
			return fmt.Errorf("the account of %s is not closed: its status is %s", u.Email, u.Status)
		}
		if err := all.Accounts.Enable(ctx, actor, u.ID); err != nil {
			return err
		}
		return c.after(ctx, all, u, "Opened the account of %s. The mail with the link for a new password leaves while serve runs.", u.Email)
	})
}

type userUnlockCommand struct{ personFlags }

func (c userUnlockCommand) Run(ctx context.Context) error {
	return c.onUser(ctx, func(all uses.All, actor sallyport.Actor, u sallyport.User) error {
		if err := all.Accounts.Unlock(ctx, actor, u.ID); err != nil {
			return err
		}
		return c.after(ctx, all, u, "%s is not locked any more.", u.Email)
	})
}

type userResetLinkCommand struct{ personFlags }

func (c userResetLinkCommand) Run(ctx context.Context) error {
	return c.onUser(ctx, func(all uses.All, actor sallyport.Actor, u sallyport.User) error {
		l, err := all.Accounts.ResetLink(ctx, actor, u.ID)
		if err != nil {
			return err
		}
		return c.print(struct {
			Link      string    `json:"link"`
			ExpiresAt time.Time `json:"expiresAt"`
		}{l.Address, l.Until.UTC()}, "Hand this link over to %s and nobody else: it sets a new password, once, until %s.\n%s", u.Email, l.Until.Format(time.DateTime), l.Address)
	})
}
