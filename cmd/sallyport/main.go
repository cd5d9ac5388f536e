// Command sallyport runs and administers an installation.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
)

type commands struct {
	Serve    serveCommand    `cmd:"" help:"Run the service."`
	Tenant   tenantCommands  `cmd:"" help:"Add and list organisations."`
	User     userCommands    `cmd:"" help:"Add, invite, list, unlock, disable and enable users, and help those who are shut out."`
	Role     roleCommands    `cmd:"" help:"Make roles of permissions."`
	Group    groupCommands   `cmd:"" help:"Make groups of users."`
	Session  sessionCommands `cmd:"" help:"List sessions, and end, suspend, resume, revoke and extend them."`
	Device   deviceCommands  `cmd:"" help:"List devices, trust and block them."`
	Attempt  attemptCommands `cmd:"" help:"See who tried to sign in."`
	Network  networkCommands `cmd:"" help:"Block networks that passwords are guessed from."`
	APIKey   apiKeyCommands  `cmd:"" name:"apikey" help:"See and revoke API keys, and look after service accounts and services that ask about tokens."`
	App      appCommands     `cmd:"" help:"See and change the apps behind a proxy, and who gets in."`
	SSO      ssoCommands     `cmd:"" name:"sso" help:"See identity providers, switch them, and look after their domains."`
	MFA      mfaCommands     `cmd:"" name:"mfa" help:"See how many people have second factors, and remind the others."`
	Figures  figuresCommands `cmd:"" help:"Show the figures of the dashboard, and count them anew."`
	Policy   policyCommands  `cmd:"" help:"Show and change what an organisation decided."`
	Mail     mailCommands    `cmd:"" help:"Look after mail."`
	Keys     keyCommands     `cmd:"" help:"Look after the keys that seal what must not be read in the database."`
	Audit    auditCommands   `cmd:"" help:"Look after the audit log."`
	Backup   backupCommand   `cmd:"" help:"Write a backup of the database to a file. serve may run meanwhile."`
	Restore  restoreCommand  `cmd:"" help:"Put a backup in the place of the database, and do what follows from that. serve must not run."`
	Restored restoredCommand `cmd:"" help:"Do what follows when the database was set back by other means: end whatever was revoked or used since then."`
	Doctor   doctorCommand   `cmd:"" help:"Check an installation and say what to mend."`
	Demo     demoCommand     `cmd:"" help:"Fill a fresh folder with an invented organisation and serve it."`
	Migrate  migrateCommand  `cmd:"" help:"Bring the database up to date and stop. serve does so by itself."`
	Version  versionCommand  `cmd:"" help:"Print the version."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var c commands
	parser := kong.Must(&c,
		kong.Name("sallyport"),
		kong.Description("Self-hosted account security: sign-in, second factors, sessions, devices.\n\n"+
			"Every flag can also be set as an environment variable, named in brackets behind it."),
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.BindTo(ctx, (*context.Context)(nil)),
	)
	if err := unknownVariables(parser.Model.Node, os.Environ()); err != nil {
		parser.FatalIfErrorf(err)
	}
	k, err := parser.Parse(os.Args[1:])
	parser.FatalIfErrorf(err)
	if err := k.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "sallyport:", err)
		os.Exit(1)
	}
}

// unknownVariables refuses SALLYPORT_ variables that no flag reads: without an error, a
// mistyped security setting would silently have its default.
func unknownVariables(root *kong.Node, environ []string) error {
	var known []string
	var walk func(*kong.Node)
	walk = func(n *kong.Node) {
		for _, f := range n.Flags {
			known = append(known, f.Envs...)
		}
		for _, c := range n.Children {
			walk(c)
		}
	}
	walk(root)
	for _, e := range environ {
		name, _, _ := strings.Cut(e, "=")
		if strings.HasPrefix(name, "SALLYPORT_") && !slices.Contains(known, name) {
			return fmt.Errorf("the environment sets %s, which is not a setting: correct its name or remove it", name)
		}
	}
	return nil
}

type versionCommand struct{}

func (versionCommand) Run() error {
	fmt.Println("sallyport", version())
	return nil
}

// version returns the version that the build recorded: a tag, a revision, or "devel".
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "devel"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return "devel-" + s.Value[:min(12, len(s.Value))]
		}
	}
	return "devel"
}
