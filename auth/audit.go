package auth

import (
	"context"
	"log/slog"
	"sync/atomic"

	"callbook/model"
)

// Audit writes an event to the audit log with its actor: sign-ins, granted or refused, ends of credentials, keys made,
// used and revoked. What operations do is told by Acts. details are pairs of names and values. Lines have the message
// "audit". Callers must not pass credentials.
func Audit(ctx context.Context, event string, actor model.Actor, details ...any) {
	attributes := []any{"event", event}
	if actor.Name != "" {
		attributes = append(attributes, "tenant", actor.TenantID, "actor", actor.Name, "credential", actor.Credential)
	}
	logger := auditLog.Load()
	if logger == nil {
		logger = slog.Default()
	}
	logger.InfoContext(ctx, "audit", append(attributes, details...)...)
}

// AuditKey writes that a key was made or revoked, by the context's actor.
func AuditKey(ctx context.Context, event string, key *model.APIKey, details ...any) {
	actor, _ := model.ActorFrom(ctx)
	Audit(ctx, event, actor, append([]any{"key", key.ID, "name", key.Name, "roles", key.Roles()}, details...)...)
}

var auditLog atomic.Pointer[slog.Logger]

// SetAuditLog sets where Audit writes to, for the whole process. Without it that is slog's default log.
func SetAuditLog(l *slog.Logger) { auditLog.Store(l) }
