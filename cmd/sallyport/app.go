package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apps"
	"github.com/sallyport/sallyport/internal/uses"
)

type appCommands struct {
	Show    appShowCommand    `cmd:"" help:"Print all apps with their rules, as apply reads them."`
	Apply   appApplyCommand   `cmd:"" help:"Add and change apps so that they are as a file says. Apps that are not in it stay."`
	Explain appExplainCommand `cmd:"" help:"Say which rule decides an address, such as https://wiki.example.com/admin."`
	Remove  appRemoveCommand  `cmd:"" help:"Remove an app: nobody gets in there any more."`
}

// writtenApp is an app as a file has it: a line with its address and name, and below it the rules, indented.
//
//	https://wiki.example.com Wiki
//	    /assets/*  public
//	    /*         group=Staff
type writtenApp struct {
	address, name string
	preflight     bool
	rules         string
}

// preflightWord stands between the address and the name where browsers may ask without a session.
const preflightWord = "preflight"

func (w writtenApp) String() string {
	head := w.address + " "
	if w.preflight {
		head += preflightWord + " "
	}
	return head + w.name + "\n    " + strings.ReplaceAll(strings.TrimRight(w.rules, "\n"), "\n", "\n    ") + "\n"
}

// readApps reads a file of apps.
func readApps(r io.Reader) (all []writtenApp, err error) {
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		line := lines.Text()
		switch trimmed := strings.TrimSpace(line); {
		case trimmed == "" || strings.HasPrefix(trimmed, "#"):
		case line != strings.TrimLeft(line, " \t"):
			if len(all) == 0 {
				return nil, fmt.Errorf("line %d: a rule stands before the first app", n)
			}
			all[len(all)-1].rules += trimmed + "\n"
		default:
			address, name, ok := strings.Cut(trimmed, " ")
			if !ok {
				return nil, fmt.Errorf("line %d: an app needs an address and a name, such as: https://wiki.example.com Wiki", n)
			}
			w := writtenApp{address: address, name: strings.TrimSpace(name)}
			if rest, ok := strings.CutPrefix(w.name, preflightWord+" "); ok {
				w.preflight, w.name = true, strings.TrimSpace(rest)
			}
			all = append(all, w)
		}
	}
	return all, lines.Err()
}

type appShowCommand struct{ peopleFlags }

func (c appShowCommand) Run(ctx context.Context) error {
	return c.run(ctx, func(all uses.All, actor sallyport.Actor) error {
		found, err := all.Apps.List(ctx, actor)
		if err != nil {
			return err
		}
		names, err := all.Apps.NamesOf(ctx, actor)
		if err != nil {
			return err
		}
		for _, a := range found {
			fmt.Println(writtenApp{a.Origin, a.Name, a.Preflight, names.Text(a.Rules)})
		}
		return nil
	})
}

type appApplyCommand struct {
	peopleFlags
	File string `arg:"" type:"existingfile" help:"The file, as app show prints it."`
}

func (c appApplyCommand) Run(ctx context.Context) error {
	file, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer file.Close()
	wanted, err := readApps(file)
	if err != nil {
		return err
	}
	return c.run(ctx, func(all uses.All, actor sallyport.Actor) error {
		for _, w := range wanted {
			said, err := apply(ctx, all, actor, w)
			if err != nil {
				return fmt.Errorf("%s: %w", w.address, explain(err))
			}
			fmt.Printf("%s: %s\n", w.address, said)
		}
		return nil
	})
}

// apply makes an app as it is written, and says what that took.
func apply(ctx context.Context, all uses.All, actor sallyport.Actor, w writtenApp) (string, error) {
	in := apps.Input{Name: w.name, Address: w.address, Text: w.rules, Preflight: w.preflight}
	there, err := appAt(ctx, all, actor, w.address)
	if errors.Is(err, errNoApp) {
		_, err := all.Apps.Add(ctx, actor, in)
		return "added", err
	}
	if err != nil {
		return "", err
	}
	names, err := all.Apps.NamesOf(ctx, actor)
	if err != nil {
		return "", err
	}
	if (writtenApp{there.Origin, there.Name, there.Preflight, names.Text(there.Rules)}).String() == w.String() {
		return "unchanged", nil
	}
	_, err = all.Apps.Change(ctx, actor, there.ID, in)
	return "changed", err
}

var errNoApp = errors.New("no app is there: app show has those that there are")

// appAt returns the app of an address or a name.
func appAt(ctx context.Context, all uses.All, actor sallyport.Actor, text string) (sallyport.App, error) {
	found, err := all.Apps.List(ctx, actor)
	if err != nil {
		return sallyport.App{}, err
	}
	for _, a := range found {
		if a.Origin == strings.TrimRight(text, "/") || strings.EqualFold(a.Name, text) {
			return a, nil
		}
	}
	return sallyport.App{}, errNoApp
}

type appExplainCommand struct {
	peopleFlags
	Address string `arg:"" help:"With scheme and host."`
}

func (c appExplainCommand) Run(ctx context.Context) error {
	return c.run(ctx, func(all uses.All, actor sallyport.Actor) error {
		got, err := all.Apps.Explain(ctx, actor, c.Address)
		switch {
		case sallyport.CodeOf(err) == sallyport.CodeNotFound:
			return errNoApp
		case err != nil:
			return err
		case !got.Found:
			fmt.Printf("%s: no rule is about this address, so nobody gets in.\n", got.App.Name)
			return nil
		}
		names, err := all.Apps.NamesOf(ctx, actor)
		if err != nil {
			return err
		}
		fmt.Printf("%s: %s", got.App.Name, names.Text([]sallyport.AppRule{got.Rule}))
		return nil
	})
}

type appRemoveCommand struct {
	peopleFlags
	App string `arg:"" help:"Its address or its name."`
}

func (c appRemoveCommand) Run(ctx context.Context) error {
	return c.run(ctx, func(all uses.All, actor sallyport.Actor) error {
		a, err := appAt(ctx, all, actor, c.App)
		if err != nil {
			return err
		}
		if err := all.Apps.Remove(ctx, actor, a.ID); err != nil {
			return err
		}
		fmt.Printf("%s at %s is removed.\n", a.Name, a.Origin)
		return nil
	})
}
