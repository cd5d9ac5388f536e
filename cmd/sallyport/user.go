package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/factor"
	"github.com/sallyport/sallyport/internal/password"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/tenant"
)

type userCommands struct {
	Add     userAddCommand     `cmd:"" help:"Add a user."`
	List    userListCommand    `cmd:"" help:"List users."`
	Disable userDisableCommand `cmd:"" help:"End a user's access: sessions end at once, sign-in is refused."`
	Enable  userEnableCommand  `cmd:"" help:"Let a disabled user sign in again."`
}

// tenantFlags choose the organisation. With one there is nothing to choose.
type tenantFlags struct {
	databaseFlags
	Host string `help:"Host name of the organisation, where the installation has several."`
}

// withAccounts runs do as the operator of the chosen tenant.
func (f tenantFlags) withAccounts(ctx context.Context, do func(*account.Service, sallyport.Actor) error) error {
	return f.withStore(ctx, func(db *store.Store) error {
		tenants, err := db.Tenants(ctx)
		if err != nil {
			return err
		}
		hasher, err := factor.NewPasswords(factor.DefaultArgon2, 1)
		if err != nil {
			return err
		}
		policyOf := tenant.New(db, time.Now).Policy
		// Nothing that is done here sends mail.
		accounts := account.New(db, password.New(db, hasher, nil, policyOf), nil, policyOf, time.Now)
		for _, t := range tenants {
			if t.Host == f.Host {
				return do(accounts, sallyport.Operator(t.ID))
			}
		}
		if len(tenants) == 0 {
			return errors.New("nobody owns this installation yet: run serve and open the link it prints")
		}
		return fmt.Errorf("there is no organisation with host name %q", f.Host)
	})
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
		// 130 bits; the ends make it meet rules about kinds of character.
		password, made = "S"+strings.ToLower(rand.Text())+"-7", true
	}
	return c.withAccounts(ctx, func(accounts *account.Service, actor sallyport.Actor) error {
		u, err := accounts.Add(ctx, actor, account.NewUser{
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
	return c.withAccounts(ctx, func(accounts *account.Service, actor sallyport.Actor) error {
		w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "E-MAIL\tNAME\tROLE\tSTATUS\tSINCE")
		for after := ""; ; {
			users, err := accounts.List(ctx, actor, after, 500)
			if err != nil {
				return err
			}
			for _, u := range users {
				after = u.ID
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", u.Email, u.Name(), u.Role, u.Status, u.CreatedAt.Format(time.DateOnly))
			}
			if len(users) == 0 {
				return w.Flush()
			}
		}
	})
}

type userDisableCommand struct {
	tenantFlags
	Email string `arg:"" help:"E-mail address of the user."`
}

func (c userDisableCommand) Run(ctx context.Context) error {
	return c.withAccounts(ctx, func(accounts *account.Service, actor sallyport.Actor) error {
		u, err := accounts.Find(ctx, actor, c.Email)
		if err != nil {
			return explain(err)
		}
		sessions, err := accounts.Disable(ctx, actor, u.ID)
		if err != nil {
			return explain(err)
		}
		fmt.Printf("Disabled %s; %d sessions ended.\n", u.Email, sessions)
		return nil
	})
}

type userEnableCommand struct {
	tenantFlags
	Email string `arg:"" help:"E-mail address of the user."`
}

func (c userEnableCommand) Run(ctx context.Context) error {
	return c.withAccounts(ctx, func(accounts *account.Service, actor sallyport.Actor) error {
		u, err := accounts.Find(ctx, actor, c.Email)
		if err != nil {
			return explain(err)
		}
		if err := accounts.Enable(ctx, actor, u.ID); err != nil {
			return explain(err)
		}
		fmt.Printf("Enabled %s.\n", u.Email)
		return nil
	})
}

// explain words a refusal for somebody at a terminal.
func explain(err error) error {
	var e *sallyport.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code {
	case sallyport.CodeNotFound:
		return errors.New("there is no such user")
	case sallyport.CodeConflict:
		return errors.New("nothing to do: the user is in that state already")
	case sallyport.CodeInvalid:
		var lines []string
		for _, f := range e.Fields {
			line := f.Field + ": " + strings.ReplaceAll(f.Code, "_", " ")
			for k, v := range f.Args {
				line += " (" + k + " " + v + ")"
			}
			lines = append(lines, line)
		}
		return errors.New(strings.Join(lines, "; "))
	}
	return err
}
