/** Where Tailwind looks for class names; the tokens are mapped in static/css/input.css. */
module.exports = { content: ["./views/**/*.templ"] };
