package api

import (
	"context"
	"net/http"

	"github.com/sallyport/sallyport/internal/mfa"
)

func (e *edge) addBackupCodes() {
	renew := post("renewBackupCodes", "/me/backup-codes", "Replace your backup codes", http.StatusConflict).needs(mfa.NeedBackupCodes)
	renew.Description = "The former ones stop working. 409 conflict without a second factor, or where policy allows no codes."
	handle(e, renew, e.renewBackupCodes)

	saved := post("confirmBackupCodes", "/me/backup-codes/saved", "Say that you have saved your backup codes").needs(mfa.NeedCodesSaved)
	saved.Description = "Call it when somebody said so: until then the pages remind them. Codes that are used count as saved. Without codes it changes nothing."
	handle(e, saved, e.confirmBackupCodes)
}

// codesOutput is a set of backup codes. This answer is the only one that shows them.
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

func (e *edge) confirmBackupCodes(ctx context.Context, _ *struct{}) (*struct{}, error) {
	return nil, e.Factors.CodesSaved(ctx, e.actor(ctx))
}
