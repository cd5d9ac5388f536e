package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/uses"
)

type userCommands struct {
	Add      userAddCommand      `cmd:"" help:"Add a user."`
	List     userListCommand     `cmd:"" help:"List users."`
	Disable  userDisableCommand  `cmd:"" help:"End a user's access: sessions end at once, sign-in is refused."`
	Enable   userEnableCommand   `cmd:"" help:"Let a disabled user sign in again, or open an account that was closed because it was in danger."`
	Lockdown userLockdownCommand `cmd:"" help:"Close an account that is in danger: everything it holds ends, and only its owner with an older proof, an admin or enable opens it."`
	Invite   userInviteCommand   `cmd:"" help:"Add a user and mail them a link to choose a password."`
	Unlock   userUnlockCommand   `cmd:"" help:"Lift a lock after failed attempts before its time."`

	ResetMFA    userResetMFACommand    `cmd:"" name:"reset-mfa" help:"Remove every second factor of a user who lost them."`
	BackupCodes userBackupCodesCommand `cmd:"" name:"backup-codes" help:"Make new backup codes for a user, and print them."`
	RequireMFA  userRequireMFACommand  `cmd:"" name:"require-mfa" help:"Demand a second factor of a user, or no longer."`
}

type userAddCommand struct {
	tenantFlags
	Email         string `arg:"" help:"E-mail address: what the user signs in with."`
	FirstName     string `help:"First name."`
	LastName      string `help:"Last name."`
	Role          string `default:"member" enum:"owner,admin,member" help:"owner, admin or member."`
	PasswordStdin bool   `help:"Read the password from standard input. Without it one is made and printed."`
}

func (c userAddCommand) Run(ctx context.Context) error {
	password, made := "", false
	if c.PasswordStdin {
		line, err := bufio.NewReader(os.Stdin).ReadString('\n')
		if password = strings.TrimRight(line, "\r\n"); password == "" {
			return errors.Join(errors.New("no password on standard input"), err)
		}
	} else {
		// 130 random bits; the fixed ends satisfy the composition rules.
		password, made = "S"+strings.ToLower(rand.Text())+"-7", true
	}
	return c.withUses(ctx, func(all uses.All, actor sallyport.Actor) error {
		u, err := all.Accounts.Add(ctx, actor, account.NewUser{
			Email: c.Email, FirstName: c.FirstName, LastName: c.LastName, Role: sallyport.Role(c.Role), Password: password,
		})
		if err != nil {
			return explain(err)
		}
		fmt.Printf("Added %s (%s).\n", u.Email, u.Role)
		if made {
			fmt.Printf("Password: %s\n", password)
		}
		return nil
	})
}

type userListCommand struct{ tenantFlags }

func (c userListCommand) Run(ctx context.Context) error {
	return c.withUses(ctx, func(all uses.All, actor sallyport.Actor) error {
		factors, err := factorsOfAll(ctx, all.Factors, actor)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "E-MAIL\tNAME\tROLE\tSTATUS\tMFA\tSINCE")
		for u, err := range list.All(list.Users.First(), func(q list.Query) (list.Page[sallyport.User], error) {
			return all.Accounts.List(ctx, actor, q)
		}) {
			if err != nil {
				return err
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", u.Email, u.Name(), u.Role, u.Status, mfaOf(u, factors[u.ID]), u.CreatedAt.Format(time.DateOnly))
		}
		return w.Flush()
	})
}

// mfaOf returns how a user passes the second factor, as text.
func mfaOf(u sallyport.User, methods []string) string {
	slices.Sort(methods)
	switch methods = slices.Compact(methods); {
	case len(methods) > 0:
		return strings.Join(methods, ",")
	case u.MFARequired:
		return "required"
	}
	return "none"
}

type userDisableCommand struct {
	tenantFlags
	Email string `arg:"" help:"E-mail address of the user."`
}

func (c userDisableCommand) Run(ctx context.Context) error {
	return c.withUses(ctx, func(all uses.All, actor sallyport.Actor) error {
		u, err := all.Accounts.Find(ctx, actor, c.Email)
		if err != nil {
			return explain(err)
		}
		sessions, err := all.Accounts.Disable(ctx, actor, u.ID)
		if err != nil {
			return explain(err)
		}
		fmt.Printf("Disabled %s; %d sessions ended.\n", u.Email, sessions)
		return nil
	})
}

type userLockdownCommand struct {
	tenantFlags
	Email string `arg:"" help:"E-mail address of the user."`
}

func (c userLockdownCommand) Run(ctx context.Context) error {
	return c.withUses(ctx, func(all uses.All, actor sallyport.Actor) error {
		u, err := all.Accounts.Find(ctx, actor, c.Email)
		if err != nil {
			return explain(err)
		}
		done, err := all.Accounts.LockdownOf(ctx, actor, u.ID, "")
		if err != nil {
			return explain(err)
		}
		fmt.Printf("Closed the account of %s; %d sessions ended.\n", u.Email, done.Sessions)
		return nil
	})
}

type userEnableCommand struct {
	tenantFlags
	Email string `arg:"" help:"E-mail address of the user."`
}

func (c userEnableCommand) Run(ctx context.Context) error {
	return c.withUses(ctx, func(all uses.All, actor sallyport.Actor) error {
		u, err := all.Accounts.Find(ctx, actor, c.Email)
		if err != nil {
			return explain(err)
		}
		if err := all.Accounts.Enable(ctx, actor, u.ID); err != nil {
			return explain(err)
		}
		fmt.Printf("Enabled %s.\n", u.Email)
		return nil
	})
}

type userUnlockCommand struct {
	tenantFlags
	Email string `arg:"" help:"E-mail address of the user."`
}

func (c userUnlockCommand) Run(ctx context.Context) error {
	return c.withUses(ctx, func(all uses.All, actor sallyport.Actor) error {
		u, err := all.Accounts.Find(ctx, actor, c.Email)
		if err != nil {
			return explain(err)
		}
		if err := all.Accounts.Unlock(ctx, actor, u.ID); err != nil {
			return explain(err)
		}
		fmt.Printf("%s is not locked any more.\n", u.Email)
		return nil
	})
}
