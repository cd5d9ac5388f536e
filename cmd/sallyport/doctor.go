package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/sallyport/sallyport/internal/doctor"
	"github.com/sallyport/sallyport/internal/store"
)

type doctorCommand struct {
	databaseFlags
	listenFlags
	mailFlags
	hashFlags
	depositFlags
}

// Run examines the installation that serve would run with the same settings. It creates nothing.
func (c doctorCommand) Run(ctx context.Context) error {
	serve := serveCommand{databaseFlags: c.databaseFlags, listenFlags: c.listenFlags, mailFlags: c.mailFlags, hashFlags: c.hashFlags, depositFlags: c.depositFlags}
	settings, err := serve.settings()
	database := c.Database
	if database == "" {
		database = filepath.Join(c.Data, databaseFile)
	}
	host := ""
	if u, err := url.Parse(settings.PublicURL); err == nil {
		host = u.Hostname()
	}
	marks := map[doctor.Status]string{doctor.OK: "ok  ", doctor.Warn: "WARN", doctor.Fail: "FAIL"}
	return doctor.Run(ctx, doctor.Config{
		Settings: err, Data: c.Data, Database: database, Store: store.Options{Connections: c.Connections},
		Listen: c.Listen, MetricsListen: c.MetricsListen, Proxies: c.TrustedProxy, PublicURL: settings.PublicURL, PublicHost: host, TLSCert: c.TLSCert, TLSKey: c.TLSKey,
		CityFile: c.CityFile, BreachList: c.BreachList, Keys: c.Keys, SMTP: c.SMTP, MailFrom: c.MailFrom, SMS: c.SMS, Now: time.Now,
	}, func(check doctor.Check) {
		fmt.Fprintf(os.Stdout, "%s  %-16s %s\n", marks[check.Status], check.Name, check.Sentence)
		if check.Remedy != "" {
			fmt.Fprintf(os.Stdout, "      %-16s %s\n", "", check.Remedy)
		}
	})
}
