/* Swagger UI, with what a keyboard or a screen reader stumbles over replaced or named. */
(function () {
  "use strict";

  function forEveryone({ React }) {
    const h = React.createElement;
    const Described = React.createContext(""); // what the parameter is whose field is drawn
    const unseen = (text) => h("span", { className: "docs-unseen" }, text);
    const labelled = (name, field) => h("label", { className: "docs-label" }, unseen(name), field);
    const undescribed = (element) => h(Described.Provider, { value: "" }, element); // a label holds no second one

    return {
      components: {
        // a path stands inside the button that unfolds it: a link there would be a control in a control
        DeepLink: ({ text }) => h("span", null, text),
        ServersContainer: () => null, // there is one, and nothing to choose
        PlainTextViewer: ({ children }) => h("pre", { className: "docs-example", tabIndex: 0 }, children),
      },
      wrapComponents: {
        JsonSchemaForm: (Original) => (props) => h(Described.Provider, { value: props.description || "" }, h(Original, props)),
        JsonSchema_string: (Original) => (props) => labelled(React.useContext(Described), undescribed(h(Original, props))),
        Select: (Original) => (props) => {
          const name = React.useContext(Described);
          return name ? labelled(name, h(Original, props)) : h(Original, props);
        },
        TextArea: (Original) => (props) => labelled("Request body", h(Original, props)),
        CloseIcon: (Original) => (props) => h(React.Fragment, null, unseen("Close"), h(Original, props)),
        // who says the word on a button to his machine means this button
        Button: (Original) => (props) => h(Original, typeof props.children === "string" ? { ...props, "aria-label": undefined } : props),
      },
    };
  }

  window.SwaggerUIBundle({
    url: document.getElementById("documentation").dataset.definition,
    dom_id: "#documentation",
    validatorUrl: null,
    deepLinking: true,
    syntaxHighlight: false,
    plugins: [forEveryone],
  });
})();
