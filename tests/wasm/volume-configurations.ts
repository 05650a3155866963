// Configurations under which the builds are compared at volume: the defaults, streams and bounds.

export const volumeConfigurations = [
  "",
  '{"streams":{"page_view":"v"}}',
  '{"streams":{"page_view":"v","*":"o"},"limits":{"events_max":2}}',
];
