package kit

import (
	"errors"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// huma has its texts and its error type in package variables and reads them when operations are registered, so they are set before
// anything else in this package runs.
func init() {
	huma.NewError = func(status int, _ string, errs ...error) huma.StatusError { return newHumaError(nil, status, errs) }
	huma.NewErrorWithContext = func(ctx huma.Context, status int, _ string, errs ...error) huma.StatusError {
		return newHumaError(ctx.Operation(), status, errs)
	}
	huma.DefaultArrayNullable = false
	validation.MsgUnexpectedProperty = "This field does not exist."
	validation.MsgExpectedRequiredProperty = "The field %s is required."
	validation.MsgExpectedBoolean = "This must be true or false."
	validation.MsgExpectedInteger = "This must be a whole number."
	validation.MsgExpectedNumber = "This must be a number."
	validation.MsgExpectedString = "This must be a string."
	validation.MsgExpectedArray = "This must be a list."
	validation.MsgExpectedObject = "This must be an object."
	validation.MsgExpectedOneOf = "This must be one of: %s."
	validation.MsgExpectedMinimumNumber = "This must be %v or more."
	validation.MsgExpectedMaximumNumber = "This must be %v or less."
	validation.MsgExpectedMaxLength = "Use at most %d characters."
}

// newHumaError is the problem of input that huma rejects because it is malformed or does not match the document.
func newHumaError(op *huma.Operation, status int, errs []error) huma.StatusError {
	switch status {
	case http.StatusUnsupportedMediaType:
		return newProblem(status, "unsupported_media_type", "Send JSON with Content-Type: application/json.")
	case http.StatusRequestEntityTooLarge:
		return tooLarge()
	case http.StatusBadRequest, http.StatusRequestTimeout:
		if text := shapeFault(errs); text != "" {
			return Invalid(FieldProblem{Location: "body", Message: text})
		}
		return newProblem(status, "malformed", malformedBody(errs))
	case http.StatusUnprocessableEntity:
		return invalidInput(op, errs)
	}
	return newProblem(http.StatusInternalServerError, string(fault.Internal), "The server failed to do this. The error was logged. Try again.")
}

// shapeFault is the sentence about a body that is larger or deeper than any that this API needs, or "".
func shapeFault(errs []error) string {
	var d *huma.ErrorDetail
	if len(errs) > 0 && errors.As(errs[0], &d) && (d.Message == errTooDeep.Error() || d.Message == errTooLarge.Error()) {
		return d.Message
	}
	return ""
}

// malformedBody is the sentence about a body that is not JSON or is missing.
func malformedBody(errs []error) string {
	var d *huma.ErrorDetail
	if len(errs) > 0 && errors.As(errs[0], &d) {
		return "The body is not JSON: " + d.Message + "."
	}
	return "This operation requires a JSON object as its body."
}

// invalidInput lists what does not match the document, as far as a person reads it. It does not repeat the input, which may be a secret.
func invalidInput(op *huma.Operation, errs []error) *Problem {
	var all []FieldProblem
	for _, err := range errs[:min(len(errs), maxProblems)] {
		var d *huma.ErrorDetail
		if errors.As(err, &d) {
			all = append(all, FieldProblem{Location: d.Location, Message: sentenceOf(op, d)})
		}
	}
	return Invalid(all...)
}

// sentenceOf replaces texts of huma, and lists the valid names after an unknown one.
func sentenceOf(op *huma.Operation, d *huma.ErrorDetail) string {
	switch {
	case d.Message == validation.MsgUnexpectedProperty:
		return d.Message + listNames(fieldsAt(op, d.Location))
	case d.Message == "unknown query parameter":
		return "This parameter does not exist." + listNames(parametersOf(op))
	case strings.HasPrefix(d.Message, "invalid integer"):
		return validation.MsgExpectedInteger
	case strings.HasPrefix(d.Message, "invalid boolean"):
		return validation.MsgExpectedBoolean
	case strings.HasPrefix(d.Message, "json:"):
		return "This does not match the schema. See " + Prefix + "/openapi.json."
	}
	return d.Message
}
