package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/sso"
	"github.com/sallyport/sallyport/internal/uses"
)

type ssoCommands struct {
	List   ssoListCommand    `cmd:"" help:"List the identity providers, whether they are on and when they were tested."`
	Show   ssoShowCommand    `cmd:"" help:"Show one, with our addresses that it has to know."`
	On     ssoOnCommand      `cmd:"" help:"Let people sign in at one."`
	Off    ssoOffCommand     `cmd:"" help:"Let nobody sign in at one. While policy requires single sign-on, the last one stays on: policy set ssoRequired=false first."`
	Domain ssoDomainCommands `cmd:"" help:"See the domains whose people are led to a provider, and look for their records."`
}

// providerJSON is a provider as JSON, with the names of the API.
type providerJSON struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Protocol  string    `json:"protocol"`
	Preset    string    `json:"preset,omitempty"`
	Use       sso.Use   `json:"use"`
	Enabled   bool      `json:"on"`
	CreatedAt time.Time `json:"createdAt"`
	TestedAt  time.Time `json:"testedAt,omitzero"`
	Issuer    string    `json:"issuer,omitempty"`
	ClientID  string    `json:"clientId,omitempty"`
	Provision string    `json:"provision"`
	Vouches   []string  `json:"vouches,omitempty"`
	Callback  string    `json:"callbackUrl,omitempty"`
	Us        string    `json:"ourEntityId,omitempty"`
	Logout    string    `json:"logoutUrl,omitempty"`
}

func showProvider(p sso.Provider) providerJSON {
	return providerJSON{
		ID: p.ID, Name: p.Name, Protocol: p.Protocol, Preset: p.Preset, Use: p.Use, Enabled: p.Enabled, CreatedAt: p.CreatedAt.UTC(), TestedAt: p.TestedAt.UTC(),
		Issuer: p.Issuer, ClientID: p.ClientID, Provision: string(p.Provision), Vouches: p.Vouches,
	}
}

// onOff says whether a provider is on.
func onOff(p sso.Provider) string { return map[bool]string{true: "on", false: "off"}[p.Enabled] }

// testedAt says when one was tested.
func testedAt(p sso.Provider) string {
	if p.TestedAt.IsZero() {
		return "never"
	}
	return p.TestedAt.Format(time.DateTime)
}

type ssoListCommand struct{ peopleFlags }

func (c ssoListCommand) Run(ctx context.Context) error {
	return c.run(ctx, func(u uses.All, actor sallyport.Actor) error {
		found, err := u.SSO.List(ctx, actor)
		if err != nil {
			return err
		}
		return table[sso.Provider]{"ID\tNAME\tPROTOCOL\tFOR\tIS\tTESTED", func(p sso.Provider) []string {
			return []string{p.ID, p.Name, p.Protocol, string(p.Use), onOff(p), testedAt(p)}
		}, func(p sso.Provider) any { return showProvider(p) }}.print(c.printing, all(found))
	})
}

// providerOf returns the provider of this name or id.
func providerOf(ctx context.Context, all uses.All, actor sallyport.Actor, name string) (sso.Provider, error) {
	found, err := all.SSO.List(ctx, actor)
	if err != nil {
		return sso.Provider{}, err
	}
	for _, p := range found {
		if p.ID == name || strings.EqualFold(p.Name, name) {
			return p, nil
		}
	}
	return sso.Provider{}, fmt.Errorf("there is no identity provider %q: sso list has those that there are", name)
}

type ssoShowCommand struct {
	peopleFlags
	Provider string `arg:"" help:"Name or id of the provider."`
}

func (c ssoShowCommand) Run(ctx context.Context) error {
	return c.run(ctx, func(all uses.All, actor sallyport.Actor) error {
		p, err := providerOf(ctx, all, actor, c.Provider)
		if err != nil {
			return err
		}
		a, err := all.SSO.Addresses(ctx, actor, p.ID)
		if err != nil {
			return err
		}
		v := showProvider(p)
		v.Callback, v.Us, v.Logout = a.Callback, a.EntityID, a.Logout
		return c.print(v, "%s (%s, for the %s) is %s.\n\nissuer     %s\nclient     %s\ntested     %s\ncallback   %s\nentity ID  %s\nlogout     %s",
			p.Name, p.Protocol, p.Use, onOff(p), cmp.Or(p.Issuer, "-"), cmp.Or(p.ClientID, "-"), testedAt(p), a.Callback, a.EntityID, a.Logout)
	})
}

type ssoOnCommand struct {
	peopleFlags
	Provider string `arg:"" help:"Name or id of the provider."`
}

func (c ssoOnCommand) Run(ctx context.Context) error {
	return c.turn(ctx, c.Provider, true, "People can sign in at %s.")
}

type ssoOffCommand struct {
	peopleFlags
	Provider string `arg:"" help:"Name or id of the provider."`
}

func (c ssoOffCommand) Run(ctx context.Context) error {
	return c.turn(ctx, c.Provider, false, "Nobody can sign in at %s any more. Sessions go on.")
}

// turn switches a provider on or off, and says so.
func (f peopleFlags) turn(ctx context.Context, name string, on bool, said string) error {
	return f.run(ctx, func(all uses.All, actor sallyport.Actor) error {
		p, err := providerOf(ctx, all, actor, name)
		if err != nil {
			return err
		}
		if err := all.SSO.Switch(ctx, actor, p.ID, on); err != nil {
			return err
		}
		p.Enabled = on
		return f.print(showProvider(p), said, p.Name)
	})
}

type ssoDomainCommands struct {
	List   ssoDomainListCommand   `cmd:"" help:"List the domains, and the TXT records that prove them."`
	Add    ssoDomainAddCommand    `cmd:"" help:"Add a domain, and print the TXT record to set."`
	Check  ssoDomainCheckCommand  `cmd:"" help:"Look for the record of a domain."`
	Remove ssoDomainRemoveCommand `cmd:"" help:"Lead the people of a domain to no provider any more."`
}

// ssoDomainJSON is a domain as JSON, with the names of the API.
type ssoDomainJSON struct {
	Domain      string    `json:"domain"`
	ProviderID  string    `json:"providerId"`
	RecordName  string    `json:"recordName"`
	RecordValue string    `json:"recordValue"`
	CreatedAt   time.Time `json:"createdAt"`
	ProvenAt    time.Time `json:"provenAt,omitzero"`
}

func showSSODomain(d sso.Domain) any {
	return ssoDomainJSON{d.Domain, d.ProviderID, d.RecordName, d.Record, d.CreatedAt.UTC(), d.ProvenAt.UTC()}
}

type ssoDomainListCommand struct{ peopleFlags }

func (c ssoDomainListCommand) Run(ctx context.Context) error {
	return c.run(ctx, func(u uses.All, actor sallyport.Actor) error {
		found, err := u.SSO.Domains(ctx, actor)
		if err != nil {
			return err
		}
		return table[sso.Domain]{"DOMAIN\tPROVIDER\tPROVEN\tRECORD", func(d sso.Domain) []string {
			proven := "no"
			if !d.ProvenAt.IsZero() {
				proven = d.ProvenAt.Format(time.DateTime)
			}
			return []string{d.Domain, d.ProviderID, proven, d.RecordName + " TXT " + d.Record}
		}, showSSODomain}.print(c.printing, all(found))
	})
}

type ssoDomainAddCommand struct {
	peopleFlags
	Provider string `arg:"" help:"Name or id of the provider."`
	Domain   string `arg:"" help:"The domain, such as example.com."`
}

func (c ssoDomainAddCommand) Run(ctx context.Context) error {
	return c.run(ctx, func(all uses.All, actor sallyport.Actor) error {
		p, err := providerOf(ctx, all, actor, c.Provider)
		if err != nil {
			return err
		}
		d, err := all.SSO.AddDomain(ctx, actor, p.ID, c.Domain)
		if err != nil {
			return err
		}
		return c.print(showSSODomain(d), "Set this record, and then call sso domain check:\n\n%s TXT %s", d.RecordName, d.Record)
	})
}

type ssoDomainCheckCommand struct {
	peopleFlags
	Domain string `arg:"" help:"The domain."`
}

func (c ssoDomainCheckCommand) Run(ctx context.Context) error {
	return c.run(ctx, func(all uses.All, actor sallyport.Actor) error {
		d, err := all.SSO.ProveDomain(ctx, actor, c.Domain)
		if err != nil {
			return unknown(err, "domain", c.Domain)
		}
		return c.print(showSSODomain(d), "%s is proven: its people are led to the provider.", d.Domain)
	})
}

type ssoDomainRemoveCommand struct {
	peopleFlags
	Domain string `arg:"" help:"The domain."`
}

func (c ssoDomainRemoveCommand) Run(ctx context.Context) error {
	return c.run(ctx, func(all uses.All, actor sallyport.Actor) error {
		if err := all.SSO.RemoveDomain(ctx, actor, c.Domain); err != nil {
			return unknown(err, "domain", c.Domain)
		}
		return c.print(map[string]string{"domain": c.Domain}, "The people of %s are led to no provider any more.", c.Domain)
	})
}
