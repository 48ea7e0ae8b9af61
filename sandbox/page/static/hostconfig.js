// How cards look: Webex's measures. Colours are the stylesheet's, so that light and dark follow the system.

const text = (name) => ({ default: `var(--card-${name})`, subtle: `var(--card-${name}-subtle)` });

const foreground = {
  default: text("text"), dark: text("text"), light: text("text"), accent: text("accent"),
  good: text("good"), warning: text("warning"), attention: text("attention"),
};

const surface = (name) => ({
  backgroundColor: `var(--card-${name})`, borderColor: "var(--line)", foregroundColors: foreground,
});

const type = {
  fontSizes: { small: 12, default: 14, medium: 16, large: 20, extraLarge: 26 },
  fontWeights: { lighter: 300, default: 400, bolder: 600 },
};

export const HOST_CONFIG = {
  supportsInteractivity: true,
  fontTypes: {
    default: { fontFamily: "inherit", ...type },
    monospace: { fontFamily: "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace", ...type },
  },
  lineHeights: { small: 16, default: 20, medium: 22, large: 26, extraLarge: 32 },
  spacing: { small: 4, default: 10, medium: 14, large: 20, extraLarge: 28, padding: 16 },
  separator: { lineThickness: 1, lineColor: "var(--line)" },
  imageSizes: { small: 40, medium: 80, large: 160 },
  imageSet: { imageSize: "medium", maxImageHeight: 100 },
  factSet: {
    title: { weight: "bolder", size: "default", wrap: true, maxWidth: 150 },
    value: { weight: "default", size: "default", wrap: true },
    spacing: 12,
  },
  inputs: {
    label: {
      inputSpacing: "small",
      requiredInputs: { weight: "bolder", suffix: " *", suffixColor: "attention" },
      optionalInputs: { weight: "bolder" },
    },
    errorMessage: { color: "attention", size: "small", spacing: "small" },
  },
  actions: {
    maxActions: 20,
    spacing: "default",
    buttonSpacing: 8,
    actionsOrientation: "horizontal",
    actionAlignment: "left",
    preExpandSingleShowCardAction: false,
    showCard: { actionMode: "inline", inlineTopMargin: 12, style: "emphasis" },
  },
  containerStyles: {
    default: surface("surface"), emphasis: surface("emphasis"), accent: surface("emphasis"),
    good: surface("good-surface"), warning: surface("warning-surface"), attention: surface("attention-surface"),
  },
};
