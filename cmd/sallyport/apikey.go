package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apikey"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/oauth"
	"github.com/sallyport/sallyport/internal/uses"
)

type apiKeyCommands struct {
	List    apiKeyListCommand   `cmd:"" help:"List API keys, whose they are and when they were used."`
	Add     apiKeyAddCommand    `cmd:"" help:"Make a key of a service account, and print it this once."`
	Rotate  apiKeyRotateCommand `cmd:"" help:"Replace a key of a service account, and print the new one this once."`
	Revoke  apiKeyRevokeCommand `cmd:"" help:"Revoke a key."`
	Service serviceCommands     `cmd:"" help:"Look after service accounts, whose keys are for programs that outlive people."`
	Client  clientCommands      `cmd:"" help:"Look after services that ask who holds a token."`
}

// apiKeyJSON is a key as JSON, with the names of the API.
type apiKeyJSON struct {
	ID          string                 `json:"id"`
	UserID      string                 `json:"userId"`
	Email       string                 `json:"email,omitempty"`
	Name        string                 `json:"name"`
	Hint        string                 `json:"hint"`
	Status      sallyport.APIKeyStatus `json:"status"`
	Permissions []string               `json:"permissions"`
	CreatedAt   time.Time              `json:"createdAt"`
	ExpiresAt   time.Time              `json:"expiresAt,omitzero"`
	LastUsedAt  time.Time              `json:"lastUsedAt,omitzero"`
	LastUsedIP  string                 `json:"lastUsedIpAddress,omitempty"`
	Secret      string                 `json:"secret,omitempty"`
}

func keyJSON(k sallyport.APIKey, u sallyport.User) apiKeyJSON {
	return apiKeyJSON{
		ID: k.ID, UserID: k.UserID, Email: u.Email, Name: k.Name, Hint: k.Hint, Status: k.Status(time.Now()), Permissions: append([]string{}, k.Permissions.Names()...),
		CreatedAt: k.CreatedAt.UTC(), ExpiresAt: k.ExpiresAt.UTC(), LastUsedAt: k.UsedAt.UTC(), LastUsedIP: k.UsedIP,
	}
}

type apiKeyListCommand struct {
	peopleFlags
	Status string `help:"Only with this status: active (also expired ones) or revoked."`
	User   string `placeholder:"E-MAIL" help:"Only those of this user, or of the service account of this name or id."`
}

func (c apiKeyListCommand) Run(ctx context.Context) error {
	return c.run(ctx, func(all uses.All, actor sallyport.Actor) error {
		asked := url.Values{}
		if c.Status != "" {
			asked.Set("status", c.Status)
		}
		if c.User != "" {
			id, err := holderOf(ctx, all, actor, c.User)
			if err != nil {
				return err
			}
			asked.Set("userId", id)
		}
		q, err := list.APIKeys.Parse(asked)
		if err != nil {
			return fmt.Errorf("no such filter: %w", err)
		}
		return table[apikey.Held]{"ID\tNAME\tOF\tSTATUS\tALLOWS\tLAST USED", func(h apikey.Held) []string {
			used := "never"
			if !h.UsedAt.IsZero() {
				used = h.UsedAt.Format(time.DateTime) + " from " + cmp.Or(h.UsedIP, "-")
			}
			return []string{h.ID, h.Name, cmp.Or(h.User.Email, h.User.FirstName), string(h.Status(time.Now())), cmp.Or(strings.Join(h.Permissions.Names(), ","), "-"), used}
		}, func(h apikey.Held) any { return keyJSON(h.APIKey, h.User) }}.print(c.printing, list.All(q, func(q list.Query) (list.Page[apikey.Held], error) {
			return all.APIKeys.List(ctx, actor, q)
		}))
	})
}

// holderOf returns the id of the user with an address, or of the service account of a name or id.
func holderOf(ctx context.Context, all uses.All, actor sallyport.Actor, name string) (string, error) {
	if u, err := all.Accounts.Find(ctx, actor, name); err == nil {
		return u.ID, nil
	}
	u, err := serviceOf(ctx, all, actor, name)
	return u.ID, err
}

// serviceOf returns the service account of this name or id.
func serviceOf(ctx context.Context, all uses.All, actor sallyport.Actor, name string) (sallyport.User, error) {
	found, err := all.APIKeys.Services(ctx, actor)
	if err != nil {
		return sallyport.User{}, err
	}
	found = slices.DeleteFunc(found, func(u sallyport.User) bool { return u.ID != name && !strings.EqualFold(u.FirstName, name) })
	switch len(found) {
	case 0:
		return sallyport.User{}, fmt.Errorf("there is no service account %q", name)
	case 1:
		return found[0], nil
	}
	return sallyport.User{}, fmt.Errorf("%d service accounts are called %q: give the id of one", len(found), name)
}

type apiKeyAddCommand struct {
	peopleFlags
	Service     string        `arg:"" help:"Name or id of the service account."`
	Name        string        `arg:"" help:"Name of the key."`
	Permissions []string      `help:"What it allows, separated by commas, as far as the account's role does. role permissions lists them."`
	ExpiresIn   time.Duration `help:"How long it works, such as 2160h; never ends without."`
	Network     []string      `help:"Address, or range such as 192.0.2.0/24, from which alone it works; several times for more."`
}

func (c apiKeyAddCommand) Run(ctx context.Context) error {
	return c.run(ctx, func(all uses.All, actor sallyport.Actor) error {
		u, err := serviceOf(ctx, all, actor, c.Service)
		if err != nil {
			return err
		}
		in := apikey.Input{Name: c.Name, Permissions: c.Permissions, Networks: c.Network}
		if c.ExpiresIn > 0 {
			in.ExpiresAt = time.Now().Add(c.ExpiresIn)
		}
		m, err := all.APIKeys.MakeFor(ctx, actor, u.ID, in)
		if err != nil {
			return err
		}
		return c.show(m, u)
	})
}

// show prints a key that was just made or replaced.
func (p printing) show(m apikey.Made, u sallyport.User) error {
	v := keyJSON(m.APIKey, u)
	v.Secret = m.Secret
	return p.print(v, "%s\n\nThis is the key %s of %s. It is not shown again.", m.Secret, m.Name, u.FirstName)
}

// unknown says of what there is none, where that is the error.
func unknown(err error, what, id string) error {
	if errors.Is(err, sallyport.ErrNotFound) {
		return fmt.Errorf("there is no %s %q", what, id)
	}
	return err
}

type apiKeyRotateCommand struct {
	peopleFlags
	Key     string        `arg:"" help:"Id of the key."`
	Overlap time.Duration `help:"How long the former text works: 0, 1h, 24h or 168h."`
}

func (c apiKeyRotateCommand) Run(ctx context.Context) error {
	return c.run(ctx, func(all uses.All, actor sallyport.Actor) error {
		h, err := all.APIKeys.Get(ctx, actor, c.Key)
		if err != nil {
			return unknown(err, "key", c.Key)
		}
		m, err := all.APIKeys.RotateFor(ctx, actor, h.UserID, h.ID, c.Overlap)
		if err != nil {
			return err
		}
		return c.show(m, h.User)
	})
}

type apiKeyRevokeCommand struct {
	peopleFlags
	Key string `arg:"" help:"Id of the key."`
}

func (c apiKeyRevokeCommand) Run(ctx context.Context) error {
	return c.run(ctx, func(all uses.All, actor sallyport.Actor) error {
		if err := all.APIKeys.End(ctx, actor, c.Key); err != nil {
			return unknown(err, "key", c.Key)
		}
		h, err := all.APIKeys.Get(ctx, actor, c.Key)
		if err != nil {
			return err
		}
		return c.print(keyJSON(h.APIKey, h.User), "Revoked the key %s of %s.", h.Name, cmp.Or(h.User.Email, h.User.FirstName))
	})
}

type serviceCommands struct {
	List serviceListCommand `cmd:"" help:"List the service accounts."`
	Add  serviceAddCommand  `cmd:"" help:"Add a service account."`
}

// serviceJSON is a service account as JSON, with the names of the API.
type serviceJSON struct {
	ID      string               `json:"id"`
	Name    string               `json:"name"`
	Role    sallyport.Role       `json:"role"`
	OwnedBy sallyport.Role       `json:"ownedBy"`
	Status  sallyport.UserStatus `json:"status"`
}

func showServiceAccount(u sallyport.User) any {
	return serviceJSON{u.ID, u.FirstName, u.Role, u.OwnedBy, u.Status}
}

type serviceListCommand struct{ peopleFlags }

func (c serviceListCommand) Run(ctx context.Context) error {
	return c.run(ctx, func(u uses.All, actor sallyport.Actor) error {
		found, err := u.APIKeys.Services(ctx, actor)
		if err != nil {
			return err
		}
		names, err := u.Roles.Names(ctx, actor)
		if err != nil {
			return err
		}
		called := func(r sallyport.Role) string { return cmp.Or(names[r], string(r)) }
		return table[sallyport.User]{"ID\tNAME\tROLE\tOWNED BY\tSTATUS", func(u sallyport.User) []string {
			return []string{u.ID, u.FirstName, called(u.Role), called(u.OwnedBy), string(u.Status)}
		}, showServiceAccount}.print(c.printing, all(found))
	})
}

type serviceAddCommand struct {
	peopleFlags
	Name    string `arg:"" help:"Name of the account."`
	Role    string `default:"member" help:"What its keys can allow at most: a role by name or id."`
	OwnedBy string `default:"admin" help:"The role whose holders look after it, by name or id."`
}

func (c serviceAddCommand) Run(ctx context.Context) error {
	return c.run(ctx, func(all uses.All, actor sallyport.Actor) error {
		is, err := roleOf(ctx, all, actor, c.Role)
		if err != nil {
			return err
		}
		owner, err := roleOf(ctx, all, actor, c.OwnedBy)
		if err != nil {
			return err
		}
		u, err := all.APIKeys.AddService(ctx, actor, apikey.NewService{Name: c.Name, Role: sallyport.Role(is.ID), OwnedBy: sallyport.Role(owner.ID)})
		if err != nil {
			return err
		}
		return c.print(showServiceAccount(u), "Added the service account %s. apikey add makes a key of it.", u.FirstName)
	})
}

type clientCommands struct {
	List   clientListCommand   `cmd:"" help:"List the services that may ask."`
	Add    clientAddCommand    `cmd:"" help:"Let a service ask, and print its id and secret this once."`
	Rotate clientRotateCommand `cmd:"" help:"Replace the secret of a service, and print the new one this once."`
	Delete clientDeleteCommand `cmd:"" help:"Stop a service from asking."`
}

// clientJSON is a service as JSON, with the names of the API.
type clientJSON struct {
	ID         string    `json:"id"`
	Name       string    `json:"name"`
	Hint       string    `json:"hint"`
	CreatedAt  time.Time `json:"createdAt"`
	LastUsedAt time.Time `json:"lastUsedAt,omitzero"`
	Secret     string    `json:"secret,omitempty"`
}

func showAsker(c sallyport.OAuthClient) clientJSON {
	return clientJSON{ID: c.ID, Name: c.Name, Hint: c.Hint, CreatedAt: c.CreatedAt.UTC(), LastUsedAt: c.UsedAt.UTC()}
}

type clientListCommand struct{ peopleFlags }

func (c clientListCommand) Run(ctx context.Context) error {
	return c.run(ctx, func(u uses.All, actor sallyport.Actor) error {
		found, err := u.OAuth.Clients(ctx, actor)
		if err != nil {
			return err
		}
		return table[sallyport.OAuthClient]{"ID\tNAME\tLAST USED", func(c sallyport.OAuthClient) []string {
			used := "never"
			if !c.UsedAt.IsZero() {
				used = c.UsedAt.Format(time.DateTime)
			}
			return []string{c.ID, c.Name, used}
		}, func(c sallyport.OAuthClient) any { return showAsker(c) }}.print(c.printing, all(found))
	})
}

type clientAddCommand struct {
	peopleFlags
	Name string `arg:"" help:"Name of the service."`
}

func (c clientAddCommand) Run(ctx context.Context) error {
	return c.run(ctx, func(all uses.All, actor sallyport.Actor) error {
		m, err := all.OAuth.AddClient(ctx, actor, c.Name)
		if err != nil {
			return err
		}
		return c.showClient(m)
	})
}

// showClient prints a service with its new secret.
func (p printing) showClient(m oauth.Made) error {
	v := showAsker(m.OAuthClient)
	v.Secret = m.Secret
	return p.print(v, "client_id      %s\nclient_secret  %s\n\nThe secret of %s is not shown again.", m.ID, m.Secret, m.Name)
}

type clientRotateCommand struct {
	peopleFlags
	Client  string        `arg:"" help:"Id of the service."`
	Overlap time.Duration `help:"How long the former secret works: 0, 1h, 24h or 168h."`
}

func (c clientRotateCommand) Run(ctx context.Context) error {
	return c.run(ctx, func(all uses.All, actor sallyport.Actor) error {
		m, err := all.OAuth.RotateClient(ctx, actor, c.Client, c.Overlap)
		if err != nil {
			return unknown(err, "service", c.Client)
		}
		return c.showClient(m)
	})
}

type clientDeleteCommand struct {
	peopleFlags
	Client string `arg:"" help:"Id of the service."`
}

func (c clientDeleteCommand) Run(ctx context.Context) error {
	return c.run(ctx, func(all uses.All, actor sallyport.Actor) error {
		found, err := all.OAuth.Client(ctx, actor, c.Client)
		if err == nil {
			err = all.OAuth.DeleteClient(ctx, actor, c.Client)
		}
		if err != nil {
			return unknown(err, "service", c.Client)
		}
		return c.print(showAsker(found), "Deleted the service %s.", found.Name)
	})
}
