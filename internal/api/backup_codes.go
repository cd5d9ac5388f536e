package api

import (
	"context"
	"net/http"
)

func (e *edge) addBackupCodes() {
	renew := post("renewBackupCodes", "/me/backup-codes", "Replace your backup codes", http.StatusForbidden, http.StatusConflict)
	renew.Description = "With 403 step_up_required, prove what it names at /step-up first. The former ones stop working. 409 conflict without a second factor, or where policy allows no codes."
	handle(e, e.behind(renew), e.renewBackupCodes)
}

// codesOutput is a set of codes, which nothing shows again.
type codesOutput struct {
	Body struct {
		BackupCodes []string `json:"backupCodes" nullable:"false" doc:"They are shown this once."`
	} `nameHint:"BackupCodes"`
}

func showCodes(codes []string, err error) (*codesOutput, error) {
	var out codesOutput
	out.Body.BackupCodes = codes
	return &out, err
}

func (e *edge) renewBackupCodes(ctx context.Context, _ *struct{}) (*codesOutput, error) {
	return showCodes(e.Factors.NewBackupCodes(ctx, e.actor(ctx)))
}
